"""The file of the named tokens: edited by commands on the machine, read by the services.

A command reads, changes and replaces the whole file while it holds a lock beside it, so that two commands at once lose
nothing. The file holds hashes only, and its owner alone may read it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.access.permission import Role
from photonic.access.tokens import TOKENS_FILE, TokenTable
from photonic.errors import BadInput
from photonic.machine.private_folder import PRIVATE, PRIVATE_FILE

if TYPE_CHECKING:
    from collections.abc import Generator

FIRST = "first"
"""The name of the token that the first start makes."""
_LOCK_FILE = "tokens.lock"


def read_tokens(folder: Path) -> TokenTable:
    """The named tokens; none if there is no file. Raises ``BadInput`` if it is damaged or cannot be read."""
    file = folder / TOKENS_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return TokenTable()
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}", field="state_folder") from error
    return TokenTable.from_json(text)


@contextmanager
def edited_tokens(folder: Path) -> Generator[TokenTable]:
    """The named tokens, to be changed; the file is replaced when the body ends without an error.

    Raises ``BadInput`` if the folder or the file cannot be read or written.
    """
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.geteuid():
            raise BadInput(
                f"the state folder {folder} belongs to another user: run this command as that user, "
                "or choose another folder with --state-folder",
                field="state_folder",
            )
        lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
    except OSError as error:
        raise BadInput(f"the state folder {folder} cannot be used: {error.strerror}", field="state_folder") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        table = read_tokens(folder)
        yield table
        replace_file(folder / TOKENS_FILE, table.to_json())
    finally:
        os.close(lock)


def make_first_token(folder: Path, made_at: str) -> str | None:
    """Make the operator's first token in the state folder, and return its secret; ``None``: there is a token already.

    ``made_at``: the time of day (ISO 8601), which is only shown. Raises ``BadInput`` if the folder or the file cannot
    be read or written.
    """
    if read_tokens(folder).records:
        return None
    with edited_tokens(folder) as table:
        # Another service may have made it while this one waited for the lock.
        return None if table.records else table.add(FIRST, Role.OPERATOR, None, made_at)


def replace_file(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises ``BadInput`` if it cannot be written."""
    try:
        handle, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(scratch).replace(file)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}", field="state_folder") from error
