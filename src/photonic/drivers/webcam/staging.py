"""Writes a picture into a staging file."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "/webcam"
"""Reported as the folder on the card, which a webcam does not have."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def stage(jpeg: bytes, staging: Path, capture_id: str, taken_at: float) -> Staged:
    """Write a picture into a file whose name is unique to this capture, and contains the hash of the picture.

    The file is not flushed to the disk: the parent does that. After an error no file is left.

    Args:
        jpeg: The picture.
        staging: The directory.
        capture_id: The capture.
        taken_at: Seconds since 1970.

    Returns:
        The message that reports the file.

    Raises:
        CaptureError: HOST_STORAGE_FULL or HOST_STORAGE_UNUSABLE.
    """
    own = _UNSAFE.sub("_", capture_id)
    # Two captures of a picture file may be identical byte for byte, so only the name distinguishes them.
    name = f"{own[-60:]}.jpg"
    sha256 = hashlib.sha256(jpeg).hexdigest()
    path = staging / f"{sha256}.{own}-0-{name}"
    try:
        _write(path, jpeg)
    except OSError as error:
        if error.errno in _FULL:
            raise CaptureError(
                f"the disk of {staging} has no room for {len(jpeg)} bytes ({error.strerror}); free some space",
                kind=FailureKind.HOST_STORAGE_FULL,
            ) from error
        raise CaptureError(
            f"cannot write to {staging}: {error.strerror}; check that it exists, is writable and has room",
            kind=FailureKind.HOST_STORAGE_UNUSABLE,
        ) from error
    return Staged(
        capture_id=capture_id,
        path=str(path),
        folder=FOLDER,
        name=name,
        size_bytes=len(jpeg),
        sha256=sha256,
        taken_at=int(taken_at),
        in_ram=True,
    )


def _write(path: Path, jpeg: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(jpeg)
    except BaseException:
        with suppress(FileNotFoundError):
            path.unlink()
        raise
