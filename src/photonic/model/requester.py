"""Who asks for a photo, as far as captures and sequences need to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks for a capture or a sequence.

    Args:
        owner: Whose photos they are (``photonic.access.visibility``); ``None``: nobody's, as for the body's own button.
        is_guest: Whether the limits for guests apply.
        counted_with: Whose limits these are, if several owners share them; ``None``: the owner's own.
    """

    owner: str | None = None
    is_guest: bool = False
    counted_with: str | None = None

    @property
    def limit_key(self) -> str | None:
        """Who is counted by the limits for guests."""
        return self.owner if self.counted_with is None else self.counted_with

    @property
    def key_owners(self) -> tuple[str | None, ...]:
        """The owners whose idempotency keys are also this requester's, in the order in which to look them up.

        A key belongs to one owner. Records of an earlier version have no owner: their keys belong to every operator.
        """
        return (self.owner,) if self.is_guest or self.owner is None else (self.owner, None)


NOBODY = Requester()
"""For photos that no client requested."""
