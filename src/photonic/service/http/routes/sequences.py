"""Sequences of one camera: start, follow, list and cancel them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photonic.access.permission import Permission
from photonic.access.visibility import only_owner, visible
from photonic.errors import CaptureError, FailureKind
from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport, SequenceRequest
from photonic.service.http.guests import requester_of
from photonic.service.http.routes.dependencies import Context, Controller, Who, checked_key
from photonic.service.sequence.report import PAGE_LIMIT, unknown_sequence
from photonic.service.sequence.service import FRAMES_LIMIT
from photonic.serving import problems
from photonic.serving.gate import principal_of
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from photonic.access.principal import Principal
    from photonic.service.http.camera_control import CameraControl

PAGE_LENGTH = 50


def sequences_router() -> APIRouter:
    """The routes, to be included under each camera prefix."""
    router = APIRouter(prefix="/sequences", tags=["sequences"])

    @router.post("", summary="Start a sequence", status_code=201, response_model=SequenceRecord)
    @needs(Permission.CAPTURE)
    async def begin(
        request: SequenceRequest,
        controller: Controller,
        app_context: Context,
        http: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Start a sequence, which then runs without the client. 200 if the idempotency key has already started it."""
        key, requester = checked_key(idempotency_key), requester_of(principal_of(http))
        try:
            async with app_context.guests.sequence(request, key, controller, requester):
                record, new = await controller.sequences.submit(request, key, requester)
        except CaptureError as error:
            running = controller.sequences.running
            if error.kind is not FailureKind.CAMERA_BUSY or running is None:
                raise
            return problems.of_error(error, {"sequence_id": running.id})
        location = {"Location": f"{http.url.path}/{record.id}"}
        return JSONResponse(record.model_dump(mode="json"), 201 if new else 200, location)

    @router.get("", summary="List sequences")
    @needs(Permission.PHOTOS)
    async def sequences(
        controller: Controller,
        who: Who,
        cursor: Annotated[str | None, Query(max_length=256)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LENGTH,
    ) -> SequencePage:
        """The camera's sequences, newest first; a guest's own only."""
        return await controller.sequences.page(cursor, limit, only_owner(who))

    @router.get("/{sequence_id}", summary="Get a sequence")
    @needs(Permission.PHOTOS)
    async def one(
        sequence_id: str,
        controller: Controller,
        who: Who,
        first: Annotated[int, Query(ge=1, le=2**31 - 1)] = 1,
        limit: Annotated[int, Query(ge=1, le=FRAMES_LIMIT)] = FRAMES_LIMIT,
    ) -> SequenceReport:
        """One sequence, running or ended, with its frames from `first` on."""
        return await _report(controller, sequence_id, who, first, limit)

    @router.delete("/{sequence_id}", summary="Cancel a sequence")
    @needs(Permission.CAPTURE)
    async def cancel(sequence_id: str, controller: Controller, who: Who) -> SequenceRecord:
        """End a sequence after the current frame, which is saved."""
        await _report(controller, sequence_id, who)
        return await controller.sequences.cancel(sequence_id)

    return router


async def _report(
    controller: CameraControl, sequence_id: str, who: Principal, first: int = 1, limit: int = 1
) -> SequenceReport:
    """Raises ``CaptureError`` (NOT_FOUND) for a sequence that is unknown, or does not exist for ``who``."""
    report = await controller.sequences.report(sequence_id, first, limit)
    if not visible(report, who):
        raise unknown_sequence(sequence_id)
    return report
