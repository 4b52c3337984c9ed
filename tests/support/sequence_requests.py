"""Sequences that a test asks a controller for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.model.sequence import SequenceRecord, SequenceReport, SequenceRequest

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarness


def request(kind: str = "burst", **fields: Any) -> SequenceRequest:
    chosen = {"count": 3} if kind == "burst" else {}
    return SequenceRequest.model_validate({"kind": kind, "session_id": "guest", **chosen, **fields})


def lapse(**fields: Any) -> SequenceRequest:
    return request("interval", **{"interval_seconds": 0.3, "count": 4, **fields})


async def begin(harness: ControllerHarness, wanted: SequenceRequest, key: str | None = None) -> SequenceRecord:
    return (await harness.controller.sequences.submit(wanted, key))[0]


async def end(harness: ControllerHarness, sequence_id: str) -> SequenceReport:
    """The report at the end."""
    await harness.until(lambda: harness.controller.sequences.running is None)
    return await harness.controller.sequences.report(sequence_id)
