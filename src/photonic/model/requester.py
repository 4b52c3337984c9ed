"""Who asks for a photo, as far as captures and sequences need to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks for a capture or a sequence.

    Args:
        owner: Whose photos they are (``photonic.access.visibility``); ``None``: nobody's, as for the body's own button.
        is_guest: Whether the limits for guests apply.
    """

    owner: str | None = None
    is_guest: bool = False

    @property
    def key_owners(self) -> tuple[str | None, ...]:
        """The owners whose idempotency keys are also this requester's, in the order in which to look them up.

        A key belongs to one owner. Records of an earlier version have no owner: their keys belong to every operator.
        """
        return (self.owner,) if self.is_guest or self.owner is None else (self.owner, None)


NOBODY = Requester()
"""For photos that no client requested."""
