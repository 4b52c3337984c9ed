"""Where ``photonic capture -o`` puts the photo: a file that is whole or not there, or standard output."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Generator

STANDARD_OUTPUT = "-"
FIELD = "-o"
SAVED = "the photo is saved on the service"


class PhotoOutput(Protocol):
    """Receives one photo."""

    def put(self, content: bytes) -> str | None:
        """Write the whole photo; return its path to print, ``None``: nothing. Raises ``BadInput``."""
        ...


@contextmanager
def photo_output(name: str, *, overwrite: bool) -> Generator[PhotoOutput]:
    """The output, after it has been tried: what cannot be written is refused before a photo is taken.

    Args:
        name: The path of a file, or ``-``.
        overwrite: Whether an existing file may be replaced.

    Raises ``BadInput``.
    """
    if name == STANDARD_OUTPUT:
        if sys.stdout.isatty():
            raise BadInput(f"{FIELD} -: standard output is a terminal: redirect it to a file or a program", field=FIELD)
        yield _StandardOutput()
        return
    # Through a link, the file that it leads to is written.
    try:
        target = Path(name).resolve()
        file = _NewFile(target, name, overwrite=overwrite)
    except OSError as error:
        raise BadInput(f"{FIELD}: cannot write {name[:100]!r}: {error.strerror}", field=FIELD) from error
    try:
        yield file
    finally:
        file.discard()


class _StandardOutput:
    """Standard output."""

    def put(self, content: bytes) -> str | None:
        """See ``PhotoOutput``."""
        # Unbuffered: the interpreter would try to write a refused rest again when it exits.
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(sys.stdout.fileno(), rest) :]
        except OSError as error:
            raise BadInput(f"cannot write to standard output: {error.strerror}; {SAVED}", field=FIELD) from error
        return None


class _NewFile:
    """A file beside the target, which takes its name when it is complete. Raises ``BadInput``, ``OSError``."""

    def __init__(self, target: Path, name: str, *, overwrite: bool) -> None:
        if target.exists():
            if not target.is_file():
                raise BadInput(f"{FIELD}: {name!r} is not a file", field=FIELD)
            if not overwrite:
                raise BadInput(f"{FIELD}: {name} already exists: choose another name, or add --overwrite", field=FIELD)
        self._target, self._name, self._overwrite = target, name, overwrite
        self._partial = target.with_name(f".photonic-{os.getpid()}.part")
        self._partial.touch(exist_ok=False)

    def put(self, content: bytes) -> str | None:
        """See ``PhotoOutput``."""
        try:
            with self._partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if self._overwrite:
                self._partial.replace(self._target)
            else:
                self._rename()
        except FileExistsError as error:
            raise BadInput(f"{FIELD}: meanwhile there is a file {self._name}; {SAVED}", field=FIELD) from error
        except OSError as error:
            raise BadInput(f"{FIELD}: cannot write {self._name}: {error.strerror}; {SAVED}", field=FIELD) from error
        return self._name

    def _rename(self) -> None:
        """Give the file its name, unless another file has it. Raises ``FileExistsError``."""
        try:
            self._target.hardlink_to(self._partial)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if self._target.exists():
                raise FileExistsError from None
            self._partial.rename(self._target)

    def discard(self) -> None:
        """Remove what is not needed any more."""
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)
