"""Which captures exist for somebody, in a form that a query can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Reachable(Protocol):
    """What decides whether a capture or a sequence is within a reach."""

    @property
    def id(self) -> str:
        """The id of the capture or sequence."""
        ...

    @property
    def session_id(self) -> str:
        """The session of its photos."""
        ...

    @property
    def owner(self) -> str | None:
        """Whose it is; ``None``: nobody's."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Captures that fulfil every condition; ``None``: no such condition.

    Args:
        owner: of this owner.
        session_id: of this session.
        capture_id: the one with this id.
        nothing: none at all.
    """

    owner: str | None = None
    session_id: str | None = None
    capture_id: str | None = None
    nothing: bool = False

    def includes(self, record: Reachable) -> bool:
        """Whether a capture is within reach."""
        return not self.nothing and all(getattr(record, name) == value for name, value in self.conditions())

    def conditions(self) -> Iterator[tuple[str, str]]:
        """The attribute and the value that it must have, of each condition."""
        named = (("id", self.capture_id), ("session_id", self.session_id), ("owner", self.owner))
        return ((name, value) for name, value in named if value is not None)


EVERYTHING = Reach()
NOTHING = Reach(nothing=True)
