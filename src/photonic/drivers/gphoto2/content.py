"""The content of an object as it comes from the camera: each block is written, checked and hashed (record 0057)."""

from __future__ import annotations

import errno
import hashlib
import os

READ_BYTES = 4 * 1024 * 1024
"""What an earlier process fetched is hashed in steps of this size, a few milliseconds each."""


class Content:
    """Writes an object into a file and hashes it on the way.

    ``size_bytes``: how much of the object is in the file and hashed. Methods raise ``OSError``.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """The hash so far, in hexadecimal digits."""
        return self._digest.hexdigest()

    def write(self, descriptor: int, block: bytes | memoryview) -> None:
        """Append a block to the file: all of it, or an error."""
        left = memoryview(block)
        while left:
            left = left[os.write(descriptor, left) :]
        self._digest.update(block)
        self.size_bytes += len(block)

    def reread(self, descriptor: int, limit_bytes: int) -> None:
        """Hash the next bytes that are in the file already."""
        block = os.pread(descriptor, min(READ_BYTES, limit_bytes), self.size_bytes)
        if not block:
            raise OSError(errno.EIO, "the file has become shorter")
        self._digest.update(block)
        self.size_bytes += len(block)
