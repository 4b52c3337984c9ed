"""The wire faults that damage single responses: which response, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.damage import Cut, Misnumber, Strand
from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from photonic.ptp.damage import Damage
    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal

ONE_BEFORE = -1
_BREAKS = ((FaultName.CUT_TRANSFER, Cut), (FaultName.STRANDED_DATA, Strand))


class FaultyWire:
    """Applies the camera's wire faults to its responses; each application is in the journal.

    ``cut_transfer`` and ``stranded_data`` affect the first data phase that is longer than their amount, in bytes.
    ``wrong_transaction`` affects the next response, with or without data: its amount is added to the number; with 0 it
    has the number of the previous transaction.
    """

    def __init__(self, faults: Faults, journal: Journal) -> None:
        self._faults = faults
        self._journal = journal

    def damage(self, request: OperationRequest, data_bytes: int | None, now: float) -> Damage | None:
        """The damage to this response; ``None``: none."""
        amounts = {fault.name: int(fault.strength) for fault in self._faults.on(now)}
        for name, kind in _BREAKS:
            after_bytes = amounts.get(name)
            if after_bytes is not None and data_bytes is not None and after_bytes < data_bytes:
                self._strike(name, request, now, after_bytes=after_bytes, data_bytes=data_bytes)
                return kind(after_bytes)
        offset = amounts.get(FaultName.WRONG_TRANSACTION)
        if offset is None:
            return None
        self._strike(FaultName.WRONG_TRANSACTION, request, now, offset=offset or ONE_BEFORE)
        return Misnumber(offset or ONE_BEFORE)

    def _strike(self, name: FaultName, request: OperationRequest, now: float, **facts: int) -> None:
        self._journal.write(now, name, operation=request.code, transaction=request.transaction, **facts)
        self._faults.strike(name, now)
