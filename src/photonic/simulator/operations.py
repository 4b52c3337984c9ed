"""Carries out an operation from a camera's table, and maps refusals to response codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.codes import ResponseCode
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.refusals import Busy, CardLocked, Full, NoCard, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.body import Body

    Operation = Callable[[tuple[int, ...], bytes, float], Reply | NotYet]

REFUSALS: dict[type[Refused], ResponseCode] = {
    Busy: ResponseCode.DEVICE_BUSY,
    Full: ResponseCode.STORE_FULL,
    NoCard: ResponseCode.STORE_NOT_AVAILABLE,
    CardLocked: ResponseCode.STORE_READ_ONLY,
}
"""Any other refusal is a general error."""

_PARAMETERS = 5


def carry_out(
    body: Body, operations: Mapping[int, Operation], request: OperationRequest, data: bytes, now: float
) -> Reply | NotYet:
    """Carry out one operation; the response to an unknown one is ``OPERATION_NOT_SUPPORTED``."""
    body.advance(now)
    body.power.keep_awake(now)
    operation = operations.get(request.code)
    if operation is None:
        return Reply(ResponseCode.OPERATION_NOT_SUPPORTED)
    if (faulty_response := body.operation_faults.answer(request.code, now)) is not None:
        return faulty_response
    parameters = (*request.parameters, *(0,) * _PARAMETERS)[:_PARAMETERS]
    try:
        return operation(parameters, data, now)
    except Refused as refused:
        return Reply(REFUSALS.get(type(refused), ResponseCode.GENERAL_ERROR))
    except BadInput:
        return Reply(ResponseCode.INVALID_PARAMETER)
