"""Writes a fault in the compact form of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.simulator.faults import FaultStart

if TYPE_CHECKING:
    from photonic.simulator.faults import Fault


def write_fault(fault: Fault) -> str:
    """The fault in its compact form; ``parse_fault`` reads it back."""
    start = [] if fault.start is FaultStart.NOW else [f"{fault.start}={fault.number}"]
    named = {"seconds": fault.seconds, "amount": fault.amount, "times": fault.times, "every": fault.every}
    return ":".join(
        part
        for part in (
            fault.name,
            ",".join([*start, *(f"{key}={value}" for key, value in named.items() if value is not None)]),
        )
        if part
    )
