"""Folders for the service's own files (locks, state), which no other user may control.

A folder with a predictable name in a shared directory such as ``/tmp`` could have been created by another user, who
could then replace its files.
"""

from __future__ import annotations

import os
import pwd
import stat
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = 0o700
PRIVATE_FILE = 0o600


def private_folder(path: Path, *, field: str | None = None) -> Path:
    """Create the folder if it is missing, and make sure that only this process's user can use it.

    Args:
        path: The folder.
        field: The setting that names it; ``None``: no setting does.

    Returns: The folder.

    Raises:
        BadInput: It belongs to another user, or is not a folder; the text says what to do.
        OSError: The system refused to create it.
    """
    path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    _check_owner(path, path.lstat(), field)  # of the folder or of a symbolic link to it
    found = path.stat()
    _check_owner(path, found, field)
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(PRIVATE)
    return path


def _check_owner(path: Path, found: os.stat_result, field: str | None) -> None:
    own = os.geteuid()
    # Root may have placed a link; a folder has to be our own, as what is created in it is.
    if found.st_uid == own or (stat.S_ISLNK(found.st_mode) and found.st_uid == 0):
        return
    choose = f", or choose another folder with {field}" if field is not None else ", or remove that folder"
    raise BadInput(
        f"the folder {path} belongs to {_user(found.st_uid)}, but this program runs as {_user(own)}: "
        f"run it as {_user(found.st_uid)}{choose}",
        field=field,
    )


def _user(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
