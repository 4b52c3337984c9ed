"""Sequences of one camera: start, follow, list and cancel them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photonic.access.permission import Permission
from photonic.errors import CaptureError, FailureKind
from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport, SequenceRequest
from photonic.service.http.guests import check_sequence, is_guest
from photonic.service.http.routes.dependencies import Controller, checked_key
from photonic.service.sequence.service import FRAMES_LIMIT, PAGE_LIMIT
from photonic.serving import problems
from photonic.serving.route_permissions import needs

PAGE_LENGTH = 50


def sequences_router() -> APIRouter:
    """The routes, to be included under each camera prefix."""
    router = APIRouter(prefix="/sequences", tags=["sequences"])

    @router.post("", summary="Start a sequence", status_code=201, response_model=SequenceRecord)
    @needs(Permission.CAPTURE)
    async def begin(
        request: SequenceRequest,
        controller: Controller,
        http: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Start a sequence, which then runs without the client. 200 if the idempotency key has already started it."""
        if is_guest(http):
            check_sequence(request, controller, datetime.now(UTC))
        try:
            record, new = await controller.sequences.submit(request, checked_key(idempotency_key))
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
        cursor: Annotated[str | None, Query(max_length=256)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LENGTH,
    ) -> SequencePage:
        """The camera's sequences, newest first."""
        return await controller.sequences.page(cursor, limit)

    @router.get("/{sequence_id}", summary="Get a sequence")
    @needs(Permission.PHOTOS)
    async def one(
        sequence_id: str,
        controller: Controller,
        first: Annotated[int, Query(ge=1, le=2**31 - 1)] = 1,
        limit: Annotated[int, Query(ge=1, le=FRAMES_LIMIT)] = FRAMES_LIMIT,
    ) -> SequenceReport:
        """One sequence, running or ended, with its frames from `first` on."""
        return await controller.sequences.report(sequence_id, first, limit)

    @router.delete("/{sequence_id}", summary="Cancel a sequence")
    @needs(Permission.CAPTURE)
    async def cancel(sequence_id: str, controller: Controller) -> SequenceRecord:
        """End a sequence after the current frame, which is saved."""
        return await controller.sequences.cancel(sequence_id)

    return router
