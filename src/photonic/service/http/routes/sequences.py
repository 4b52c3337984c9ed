"""Sequences of one camera: begin one, see how far it is, list, cancel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photonic.errors import CaptureError, FailureKind
from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport, SequenceRequest
from photonic.service.http import problems
from photonic.service.http.guests import check_sequence, is_guest
from photonic.service.http.routes.dependencies import TheStation, checked_key
from photonic.service.sequence.service import FRAMES_LIMIT, PAGE_LIMIT

PAGE_LENGTH = 50


def sequences_router() -> APIRouter:
    """The routes, to be mounted under each camera prefix."""
    router = APIRouter(prefix="/sequences", tags=["sequences"])

    @router.post("", status_code=201, response_model=SequenceRecord)
    async def begin(
        request: SequenceRequest,
        controller: TheStation,
        http: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Begin a sequence; it goes on whoever hangs up. 200 where this key has begun it already."""
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

    @router.get("")
    async def sequences(
        controller: TheStation,
        cursor: Annotated[str | None, Query(max_length=256)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LENGTH,
    ) -> SequencePage:
        """The camera's sequences, newest first."""
        return await controller.sequences.page(cursor, limit)

    @router.get("/{sequence_id}")
    async def one(
        sequence_id: str,
        controller: TheStation,
        first: Annotated[int, Query(ge=1, le=2**31 - 1)] = 1,
        limit: Annotated[int, Query(ge=1, le=FRAMES_LIMIT)] = FRAMES_LIMIT,
    ) -> SequenceReport:
        """One sequence, running or ended, with its frames from ``first`` on."""
        return await controller.sequences.report(sequence_id, first, limit)

    @router.delete("/{sequence_id}")
    async def cancel(sequence_id: str, controller: TheStation) -> SequenceRecord:
        """End it between two frames; a frame that is exposed is saved."""
        return await controller.sequences.cancel(sequence_id)

    return router
