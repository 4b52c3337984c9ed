"""What a bad wire does to the answers of a camera; without I/O or clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from photonic.ptp.packets import OperationRequest


@dataclass(frozen=True, slots=True)
class Cut:
    """The client loses the camera in the middle of an answer: after so many bytes of its data."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class Strand:
    """An answer stops after so many bytes of its data; its client hears nothing more, the next one is served."""

    after_bytes: int


@dataclass(frozen=True, slots=True)
class Misnumber:
    """An answer carries a transaction number that is so much above its own."""

    offset: int


Damage = Cut | Strand | Misnumber


class Wire(Protocol):
    """What happens to answers on their way."""

    def damage(self, request: OperationRequest, data_bytes: int | None, now: float) -> Damage | None:
        """What happens to this answer, asked once for each; ``data_bytes`` ``None``: it has no data phase.

        ``Cut`` and ``Strand`` are for answers with more data than they let through.
        """
        ...
