"""What answers a capture request, and when: a record, the compat API's answer, the photo itself, or a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from photonic.access.permission import Permission
from photonic.errors import BadInput, BeyondGuests, CameraError, FailureKind, TooSoonForGuest
from photonic.model.api import CaptureAnswer, ExposedCapture
from photonic.model.image_format import lacks_jpeg
from photonic.model.setting_name import SettingName
from photonic.model.status import CapturePhase
from photonic.service.http.photo_response import photo_response
from photonic.serving import problems
from photonic.serving.accept import Accepted
from photonic.serving.callers import below_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from photonic.errors import CaptureError, StorageError
    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.model.exposure_end import AnswerAt
    from photonic.model.requester import Requester
    from photonic.service.http.camera_control import AcceptedCapture, CameraControl
    from photonic.service.http.context import AppContext

JPEG = "image/jpeg"
JSON = "application/json"
NOT_ACCEPTABLE = "not_acceptable"
RESPOND_ASYNC = "respond-async"


@dataclass(frozen=True, slots=True)
class WantedAnswer:
    """What a client wants to receive.

    Args:
        at: When.
        as_photo: It ranks the photo itself above JSON.
        as_json: It accepts JSON.
        prefers_async: ``Prefer: respond-async`` decided ``at``.
    """

    at: AnswerAt
    as_photo: bool = False
    as_json: bool = True
    prefers_async: bool = False

    @classmethod
    def of(
        cls, in_body: AnswerAt | None, in_query: AnswerAt | None, prefer: str | None, accept: Iterable[str]
    ) -> WantedAnswer:
        """Read a request. Raises ``BadInput`` if its body and its query contradict each other.

        Args:
            in_body: ``answer_at`` of the body.
            in_query: ``answer_at`` of the query.
            prefer: The Prefer header. It is a preference: ``answer_at`` takes precedence, and so does an Accept header
                that leaves only the photo.
            accept: The Accept headers.
        """
        if in_body is not None and in_query is not None and in_body != in_query:
            reason = f"answer_at is {in_body} in the body and {in_query} in the query: send one of them"
            raise BadInput(reason, field="answer_at")
        accepted = Accepted(accept)
        json = accepted.quality(JSON)
        as_photo, as_json = accepted.quality(JPEG) > json, json > 0.0
        explicit = in_body or in_query
        prefers_async = explicit is None and _prefers_async(prefer) and (as_json or not as_photo)
        at = explicit or ("accepted" if prefers_async else "saved")
        return cls(at, as_photo, as_json, prefers_async)

    async def refusal(self, controller: CameraControl, key: str | None, requester: Requester) -> str | None:
        """Why no answer that the client accepts can come, as far as is known before the shutter; ``None``: one may.

        A repeated request is not refused for the present settings of the camera: its photo exists or is on its way.
        """
        if not self.as_photo or self.as_json:
            return None
        if self.at != "saved":
            return f"there is no photo yet at answer_at={self.at}: leave it out, or also accept {JSON}"
        if key is not None and await controller.knows_key(key, requester):
            return None
        image_format = await _image_format(controller)
        if image_format is None or not lacks_jpeg(image_format):
            return None
        return (
            f"the camera is set to {image_format}, so there will be no JPEG: set image_format to one with a JPEG, or "
            f"also accept {JSON}; no photo was taken"
        )


async def _image_format(controller: CameraControl) -> str | None:
    """The image format of the next capture; ``None``: unknown. The capture itself says what is wrong with a camera."""
    try:
        return await controller.settings.value(SettingName.IMAGE_FORMAT)
    except CameraError:
        return None


def _prefers_async(prefer: str | None) -> bool:
    """RFC 7240: commas separate preferences, semicolons their parameters."""
    return any(item.partition(";")[0].strip().lower() == RESPOND_ASYNC for item in (prefer or "").split(","))


def location_of(record: CaptureRecord, request: Request) -> dict[str, str]:
    """The header with the address of the record."""
    return {"Location": below_root(request.scope, f"/api/v1/captures/{record.id}")}


def accepted(job: AcceptedCapture, wanted: WantedAnswer, request: Request) -> Response:
    """202 with the record."""
    applied = {"Preference-Applied": RESPOND_ASYNC} if wanted.prefers_async else {}
    return JSONResponse(job.record.model_dump(mode="json"), 202, {**location_of(job.record, request), **applied})


def exposed(job: AcceptedCapture, record: CaptureRecord, request: Request) -> Response:
    """202 with the record and what told that the exposure is over; a problem if the capture failed."""
    if job.exposed_from is None or record.phase is CapturePhase.FAILED:
        return _failed(record)
    body = ExposedCapture(**dict(record), exposed_from=job.exposed_from)
    return JSONResponse(body.model_dump(mode="json"), 202, location_of(record, request))


async def saved(
    record: CaptureRecord, wanted: WantedAnswer, request: Request, controller: CameraControl, app_context: AppContext
) -> CaptureAnswer | Response:
    """The photo if the client wants it and there is a JPEG, the answer otherwise; a problem if the capture failed."""
    if record.phase is not CapturePhase.SAVED:
        return _failed(record)
    jpeg = next((file for file in record.files if file.media_type == JPEG), None)
    if wanted.as_photo and jpeg is not None and (found := await controller.photo(jpeg.id)) is not None:
        lease = app_context.lease(request, Permission.PHOTOS)
        place = {"Content-Location": below_root(request.scope, f"/api/v1/photos/{jpeg.id}")}
        return photo_response(*found, lease, headers={**location_of(record, request), **place})
    if not wanted.as_json and wanted.as_photo:
        if record.deleted_at is not None:
            return problems.of_status(404, "the photo of this capture has been deleted", location_of(record, request))
        reason = "the photo is saved, but the camera sent no JPEG of it: Location has the address of its record"
        return not_acceptable(reason, 0, record, location_of(record, request))
    return _answer(record, jpeg)


def not_acceptable(
    reason: str, elapsed_ms: int, record: CaptureRecord | None = None, headers: dict[str, str] | None = None
) -> Response:
    """406."""
    fields = _answer_of_failure(reason, NOT_ACCEPTABLE, elapsed_ms, record)
    return problems.ProblemResponse(NOT_ACCEPTABLE, reason, status=406, fields=fields, headers=headers)


def refused(
    error: CaptureError | StorageError | BadInput | BeyondGuests | TooSoonForGuest | CameraError, elapsed_ms: int
) -> Response:
    """The problem of a capture that was not accepted."""
    return problems.of_error(error, _answer_of_failure(error.reason, _kind(error), elapsed_ms))


def _failed(record: CaptureRecord) -> Response:
    kind, reason = _failure(record)
    return problems.ProblemResponse(kind, reason, fields=_answer_of_failure(reason, kind, 0, record))


def _answer(record: CaptureRecord, jpeg: PhotoFile | None) -> CaptureAnswer:
    file = jpeg or next(iter(record.files), None)
    return CaptureAnswer(
        success=True,
        image_path=file.path if file is not None else None,
        metadata=record.metadata,
        capture_time_ms=record.capture_time_ms or 0,
        forced_capture=record.forced_capture,
        attempts=record.attempts,
        warning="; ".join(filter(None, (record.warning, record.saved_reason))) or None,
        capture_id=record.id,
        saved=record.saved,
        saved_reason_code=record.saved_reason_code,
    )


def _failure(record: CaptureRecord) -> tuple[FailureKind, str]:
    if record.phase is not CapturePhase.FAILED:
        reason = f"the service is stopping while the capture is {record.phase}: look up its outcome later"
        return FailureKind.SHUTTING_DOWN, reason
    try:
        kind = FailureKind(record.error_type or "")
    except ValueError:
        kind = FailureKind.CAMERA_FAULT
    return kind, record.error or "the capture failed"


def _kind(error: CaptureError | StorageError | BadInput | BeyondGuests | TooSoonForGuest | CameraError) -> str:
    match error:
        case BadInput():
            return FailureKind.BAD_INPUT
        case BeyondGuests():
            return problems.GUEST_LIMIT
        case TooSoonForGuest():
            return problems.GUEST_RATE
        case _:
            return error.kind


def _answer_of_failure(reason: str, kind: str, elapsed_ms: int, record: CaptureRecord | None = None) -> dict[str, Any]:
    answer = CaptureAnswer(
        success=False,
        metadata=record.metadata if record is not None else None,
        error=reason,
        error_type=str(kind),
        capture_time_ms=(record.capture_time_ms if record is not None else None) or elapsed_ms,
        forced_capture=record.forced_capture if record is not None else False,
        attempts=record.attempts if record is not None else 1,
        warning=record.warning if record is not None else None,
        capture_id=record.id if record is not None else None,
    )
    return answer.model_dump(mode="json")
