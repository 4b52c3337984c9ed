"""Faults that make a simulated body refuse operations, or delay them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonOperation, NikonOperation, OperationCode, ResponseCode
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal

VIEWFINDER_OPERATIONS = frozenset(
    {
        CanonOperation.END_VIEWFINDER,
        CanonOperation.GET_VIEWFINDER_DATA,
        NikonOperation.START_LIVE_VIEW,
        NikonOperation.END_LIVE_VIEW,
        NikonOperation.GET_LIVE_VIEW_IMAGE,
    }
)
SETTINGS_OPERATIONS = frozenset(
    {
        OperationCode.GET_PROPERTY_DESCRIPTION,
        OperationCode.GET_PROPERTY,
        CanonOperation.REQUEST_PROPERTY,
        CanonOperation.GET_EVENTS,
    }
)
"""An EOS reports its settings as events."""


class OperationFaults:
    """Decides before each operation whether a fault refuses or delays it."""

    def __init__(self, faults: Faults, journal: Journal) -> None:
        self._faults = faults
        self._journal = journal
        self._held_until: float | None = None

    def listed(self, operations: set[int], now: float) -> tuple[int, ...]:
        """The operations that DeviceInfo lists, sorted; a body without a viewfinder does not list its operations."""
        hidden = VIEWFINDER_OPERATIONS if self._faults.active(FaultName.NO_VIEWFINDER, now) else frozenset[int]()
        return tuple(sorted(operations - hidden))

    def answer(self, code: int, now: float) -> Reply | NotYet | None:
        """The response of a fault; ``None``: the body carries out the operation."""
        if self._held_until is None and self._unsupported(code, now):
            self._journal.write(now, "unsupported", operation=code)
            return Reply(ResponseCode.OPERATION_NOT_SUPPORTED)
        if code not in SETTINGS_OPERATIONS:
            return None
        if self._held_until is None and (slow := self._faults.strike(FaultName.SLOW_SETTINGS, now)) is not None:
            self._held_until = now + slow.strength
        if self._held_until is not None and now < self._held_until:
            return NotYet(self._held_until)
        self._held_until = None
        return None

    def _unsupported(self, code: int, now: float) -> bool:
        if code in VIEWFINDER_OPERATIONS and self._faults.active(FaultName.NO_VIEWFINDER, now):
            return True
        refused = next((fault for fault in self._faults.on(now) if fault.name is FaultName.UNSUPPORTED), None)
        return (
            refused is not None
            and refused.strength == code
            and self._faults.strike(FaultName.UNSUPPORTED, now) is not None
        )
