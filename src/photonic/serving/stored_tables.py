"""Reads the tables of access from the state folder; one that is damaged is set aside. Blocking."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from photonic.access.credentials import random_bytes
from photonic.access.links import KEY_BYTES
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.serving.state_folder import StateFolder

KEY_FILE = "link.key"

_Table = TypeVar("_Table")


class StoredTables:
    """Reads the files of a service. Blocking.

    ``damaged``: the names of those that could not be read.

    Args:
        folder: ``None``: there is none, and no file.
    """

    def __init__(self, folder: StateFolder | None) -> None:
        self._folder = folder
        self.damaged: set[str] = set()

    def table(self, name: str, read: Callable[[str], _Table]) -> _Table | None:
        """What ``read`` makes of a file; ``None``: there is none, or it is damaged, and was set aside."""
        if self._folder is None:
            return None
        try:
            text = self._folder.read(name)
            return None if text is None else read(text)
        except (BadInput, OSError) as error:
            self.damaged.add(name)
            self._folder.set_aside(name, error)
            return None

    def link_key(self) -> bytes:
        """The key of the signed links; a new one is made, and stored if that is possible."""
        key = self.table(KEY_FILE, read_key)
        if key is None:
            key = random_bytes(KEY_BYTES)
            if self._folder is not None:
                with suppress(BadInput):  # the first table that is written says so
                    self._folder.write(KEY_FILE, key.hex() + "\n")
        return key


def read_key(text: str) -> bytes:
    """Read the key of the signed links. Raises ``BadInput``."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise BadInput(f"{KEY_FILE} is damaged: a new key is made, and all links are void", field=KEY_FILE)
    return key
