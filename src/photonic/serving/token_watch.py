"""Notices changes of the file of the named tokens. Blocking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.tokens import TOKENS_FILE, TokenTable
from photonic.errors import BadInput
from photonic.serving.state_folder import mark_of, read_private

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.access.tokens import TokenAges
    from photonic.serving.state_folder import FileMark

DAMAGED_LOOKS = 2
"""So many looks must find the same damage: an editor may be writing the file."""


@dataclass(frozen=True, slots=True)
class TokensRead:
    """The tokens after a change.

    Args:
        tokens: The valid tokens.
        problem: Why the file cannot be read; ``None``: it can. Then nobody has a right by a named token.
    """

    tokens: TokenTable
    problem: str | None = None


class TokenWatch:
    """Looks at ``tokens.json`` in ``folder``; ``ages`` are those of this service."""

    def __init__(self, folder: Path, ages: TokenAges) -> None:
        self._path = folder / TOKENS_FILE
        self._ages = ages
        self._known: FileMark | None = None
        self._problem: str | None = None
        self._damaged_looks = 0

    def first(self) -> TokensRead:
        """The tokens at the start."""
        self._damaged_looks = DAMAGED_LOOKS
        return self._read() or TokensRead(TokenTable((), self._ages))

    def changed(self) -> TokensRead | None:
        """The tokens, if they are others than before, or cannot be read any more; ``None``: nothing has changed."""
        try:
            unchanged = mark_of(self._path) == self._known
        except OSError:
            unchanged = False
        return None if unchanged else self._read()

    def _read(self) -> TokensRead | None:
        try:
            found = read_private(self._path)
            tokens = TokenTable((), self._ages) if found is None else TokenTable.from_json(found.text, self._ages)
        except (OSError, BadInput) as error:
            return self._unreadable(error)
        self._known = None if found is None else found.mark
        self._problem, self._damaged_looks = None, 0
        return TokensRead(tokens)

    def _unreadable(self, error: OSError | BadInput) -> TokensRead | None:
        problem = str(error)
        self._damaged_looks += 1
        if self._damaged_looks < DAMAGED_LOOKS or problem == self._problem:
            return None
        self._problem = problem
        return TokensRead(TokenTable((), self._ages), problem)
