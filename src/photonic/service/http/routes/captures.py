"""Captures: take a photo, follow its progress, list captures, cancel one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.errors import (
    BadInput,
    BeyondGuests,
    CameraError,
    CaptureError,
    EndOfStream,
    StorageError,
    TooSoonForGuest,
)
from photonic.model.api import CaptureAnswer, CapturePage, CaptureRecord, CaptureRequest, CaptureStatusAnswer
from photonic.model.exposure_end import AnswerAt
from photonic.service.http import capture_answers as answers
from photonic.service.http.capture_answers import WantedAnswer
from photonic.service.http.capture_pages import captures_of
from photonic.service.http.guests import requester_of
from photonic.service.http.routes.dependencies import (
    CameraQuery,
    Context,
    Controller,
    IndexedControllers,
    Seen,
    Who,
    checked_key,
    first_found,
)
from photonic.service.http.session_names import shown_to
from photonic.serving import problems
from photonic.serving.leases import AccessEnded
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.model.reach import Reach
    from photonic.service.http.camera_control import AcceptedCapture, CameraControl
    from photonic.service.http.context import AppContext

WAIT_LIMIT_SECONDS = 60.0
LAST_RECORD_SECONDS = 0.5
PAGE_LENGTH = 50
PAGE_LIMIT = 200
CURSOR_LIMIT = 4096
"""Characters; a cursor holds a position for each camera."""
AS_PHOTO: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}

AnswerAtQuery = Annotated[
    AnswerAt | None, Query(description="when to answer: accepted, exposed or saved; the body may say it instead")
]


def capture_router() -> APIRouter:
    """The routes of one camera's captures, to be included under each camera prefix."""
    router = APIRouter(tags=["captures"])

    @router.post("/capture", summary="Take a photo", response_model=CaptureAnswer, responses=AS_PHOTO)
    @needs(Permission.CAPTURE)
    async def capture(
        request: CaptureRequest,
        controller: Controller,
        app_context: Context,
        http: Request,
        answer: Response,
        *,
        who: Who,
        answer_at: AnswerAtQuery = None,
        idempotency_key: Annotated[str | None, Header()] = None,
        prefer: Annotated[str | None, Header(max_length=1024)] = None,
    ) -> CaptureAnswer | Response:
        """Take a photo; answers once it is on disk, or earlier (`answer_at`).

        The capture continues even if the client disconnects. With an `Accept` header that ranks `image/jpeg` above
        JSON, the answer is the photo itself.
        """
        began = app_context.time.monotonic()
        try:
            wanted = WantedAnswer.of(request.answer_at, answer_at, prefer, http.headers.getlist("accept"))
            key, requester = checked_key(idempotency_key), requester_of(who)
            if (reason := await wanted.refusal(controller, key, requester)) is not None:
                return answers.not_acceptable(reason, _milliseconds_since(began, app_context))
            async with app_context.guests.capture(request, key, controller, requester):
                job = await controller.submit(request, key, requester)
        except (CaptureError, StorageError, BadInput, BeyondGuests, TooSoonForGuest, CameraError) as error:
            return answers.refused(error, _milliseconds_since(began, app_context))
        if wanted.at == "accepted":
            return answers.accepted(job, wanted, http)
        if wanted.at == "exposed":
            return answers.exposed(job, await _awaited(job.exposure_over, job, app_context), http)
        record = await _awaited(job.ended, job, app_context)
        answer.headers.update(answers.location_of(record, http))
        return await answers.saved(record, wanted, http, controller, app_context)

    @router.get("/capture/status", summary="Get the capture status", response_model=CaptureStatusAnswer)
    @needs(Permission.WATCH, links=[ScopeKind.LIVE])
    async def capture_status(
        controller: Controller,
        app_context: Context,
        http: Request,
        who: Who,
        *,
        wait_boot_id: Annotated[str | None, Query(max_length=128)] = None,
        wait_rev: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
        timeout_seconds: Annotated[float, Query(ge=0.0, allow_inf_nan=False)] = 30.0,
    ) -> CaptureStatusAnswer | Response:
        """Whether a capture is running, and the whole status.

        With `wait_boot_id` and `wait_rev`, answers once the status is newer than those, or after `timeout_seconds`;
        401 if the right to it ends meanwhile.
        """
        if wait_rev is not None:
            boot_id = wait_boot_id if wait_boot_id is not None else controller.snapshot().boot_id
            try:
                async with app_context.lease(http).bound():
                    await controller.changed(boot_id, wait_rev, min(timeout_seconds, WAIT_LIMIT_SECONDS))
            except AccessEnded as ended:
                return problems.of_ended_access(ended)
            except EndOfStream:
                pass
        return shown_to(who, controller.capture_status(), controller)

    return router


def captures_router() -> APIRouter:
    """The captures of all cameras, or of the one that ``?camera=`` names; to be included under the API prefix."""
    router = APIRouter(prefix="/captures", tags=["captures"])

    @router.get("", summary="List captures")
    @needs(Permission.PHOTOS)
    async def captures(
        controllers: IndexedControllers,
        seen: Seen,
        cursor: Annotated[str | None, Query(max_length=CURSOR_LIMIT)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LENGTH,
    ) -> CapturePage:
        """Captures of all cameras, or of `camera`, newest first; a guest's own only."""
        return await captures_of([controller.captures_page for controller in controllers], cursor, limit, seen)

    @router.get("/{capture_id}", summary="Get a capture")
    @needs(Permission.PHOTOS)
    async def one(capture_id: str, app_context: Context, seen: Seen, camera: CameraQuery = None) -> CaptureRecord:
        """One capture, running or ended."""
        return (await _found(app_context, camera, capture_id, seen))[1]

    @router.delete("/{capture_id}", summary="Cancel a capture")
    @needs(Permission.CAPTURE)
    async def cancel(capture_id: str, app_context: Context, seen: Seen, camera: CameraQuery = None) -> CaptureRecord:
        """Cancel a capture that has not been exposed yet; end a bulb exposure now and keep its photo."""
        controller, _record = await _found(app_context, camera, capture_id, seen)
        return await controller.cancel(capture_id)

    return router


async def _found(
    app_context: AppContext, camera: str | None, capture_id: str, seen: Reach
) -> tuple[CameraControl, CaptureRecord]:
    async def of(controller: CameraControl) -> tuple[CameraControl, CaptureRecord] | None:
        record = await controller.capture(capture_id)
        return None if record is None or not seen.includes(record) else (controller, record)

    found = await first_found(app_context.chosen(camera), of)
    if found is None:
        raise HTTPException(404, f"unknown capture {capture_id[:100]}")
    return found


def _milliseconds_since(began: float, app_context: AppContext) -> int:
    return round((app_context.time.monotonic() - began) * 1000)


async def _awaited(
    moment: Callable[[], Awaitable[CaptureRecord]], job: AcceptedCapture, app_context: AppContext
) -> CaptureRecord:
    """Wait for a moment of the capture; if the service stops, return its record a moment later, come or not."""
    try:
        async with app_context.shutdown.bound():
            return await moment()
    except EndOfStream:
        try:
            async with asyncio.timeout(LAST_RECORD_SECONDS):
                return await moment()
        except TimeoutError:
            return job.record
