"""How a faulty connection damages the answers of a camera; without I/O or clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from photonic.ptp.packets import OperationRequest


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks in the middle of an answer, after ``after_bytes`` of its data."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class Strand:
    """An answer stops after ``after_bytes`` of its data. Its client gets nothing more; the next client is served."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class Misnumber:
    """An answer carries a wrong transaction number: the right one plus ``offset``."""

    offset: int


Damage = Cut | Strand | Misnumber


class Wire(Protocol):
    """The connection between camera and client, which can damage answers."""

    def damage(self, request: OperationRequest, data_bytes: int | None, now: float) -> Damage | None:
        """Return the damage to this answer; ``None``: none. Called once for each answer.

        Returns ``Cut`` or ``Strand`` only if the answer has more data than they let through.

        Args:
            request: What the client asked for.
            data_bytes: The size of the answer's data; ``None``: it has no data phase.
            now: Seconds on the caller's clock.
        """
        ...
