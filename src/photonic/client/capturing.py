"""Sends capture requests of which each takes one photo at most, however often the connection breaks."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePath
from typing import TYPE_CHECKING, TypedDict

import httpx2
from pydantic import ValidationError

from photonic.client.problem import service_error
from photonic.errors import BadInput, ServiceError
from photonic.model.api import CaptureRequest
from photonic.protocol.backoff import delay_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.client.progress import CaptureProgress
    from photonic.client.transport import ServiceTransport
    from photonic.model.exposure_end import AnswerAt

# The response is awaited in slices: a silently broken connection costs one slice, not the whole time.
CAPTURE_SLICE_SECONDS = 30.0
RETRY_DELAYS_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
_ETAG = re.compile(r'"([0-9a-f]{64})"')


class CaptureFields(TypedDict, total=False):
    """The optional arguments of a capture.

    ``output_directory``: where the service saves the photo, relative to its photo root. ``retry_without_autofocus``:
    whether to take it even if the camera cannot focus; ``None``: as configured. ``bulb_seconds``: hold the shutter open
    for this long; ``CameraClient.cancel_capture`` ends that early. ``idempotency_key``: identifies this call; ``None``:
    a new key. ``on_progress``: called at each change, in the event loop; must not block. ``timeout_seconds``: how long
    to wait for the outcome; ``None``: ten minutes plus twice the exposure.
    """

    output_directory: str
    retry_without_autofocus: bool | None
    bulb_seconds: float | None
    idempotency_key: str | None
    on_progress: Callable[[CaptureProgress], None] | None
    timeout_seconds: float | None


@dataclass(frozen=True, slots=True)
class CapturedPhoto:
    """The photo of one capture.

    ``content``: the JPEG file. ``name``: its name on the service. ``capture_id``: the id of its record.
    """

    content: bytes
    name: str
    capture_id: str


class CaptureSender:
    """Sends the capture requests of one camera.

    ``v1``: whether the service has the v1 API; ``None``: not known yet.

    Args:
        transport: Sends requests.
        url: The address of the capture route.
        read_status: Reads the status, which tells ``v1``. Raises ``ServiceError`` if there is no answer.
    """

    def __init__(self, transport: ServiceTransport, url: str, read_status: Callable[[], Awaitable[object]]) -> None:
        self._transport = transport
        self._url = url
        self._read_status = read_status
        self.v1: bool | None = None

    async def send(self, request: CaptureRequest, key: str, accept: str | None = None) -> httpx2.Response:
        """Send the request until there is a response, or until another try might take a second photo.

        Args:
            request: The body.
            key: The idempotency key.
            accept: The Accept header; ``None``: everything is accepted.

        Raises ``ServiceError`` if the outcome is unknown.
        """
        headers = {"Idempotency-Key": key, **({} if accept is None else {"Accept": accept})}
        attempt = 0
        while True:
            try:
                return await self._transport.post_once(
                    self._url,
                    json=request.model_dump(exclude_none=True),
                    headers=headers,
                    read_seconds=CAPTURE_SLICE_SECONDS if self.v1 else None,
                )
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                # Nothing has been sent, so no photo can have been taken.
                pass
            except httpx2.TransportError as error:
                if not await self._supports_keys():
                    raise ServiceError(
                        f"the connection broke during the capture ({error or type(error).__name__}); this service does "
                        "not support idempotency keys, so check whether the photo was taken before you try again"
                    ) from error
            await asyncio.sleep(delay_after(attempt, RETRY_DELAYS_SECONDS))
            attempt += 1

    async def _supports_keys(self) -> bool:
        """Whether the service has the v1 API, and so supports idempotency keys; waits while it restarts."""
        while self.v1 is None:
            try:
                await self._read_status()
            except ServiceError:
                await asyncio.sleep(RETRY_DELAYS_SECONDS[-1])
        return self.v1


def capture_request(
    session_id: str, sequence_number: int, fields: CaptureFields, answer_at: AnswerAt | None
) -> CaptureRequest:
    """The body of a capture request; ``answer_at`` ``None``: answered when the photo is saved. Raises ``BadInput``."""
    try:
        return CaptureRequest(
            session_id=session_id,
            sequence_number=sequence_number,
            output_directory=fields.get("output_directory", "./photos"),
            retry_without_autofocus=fields.get("retry_without_autofocus"),
            bulb_seconds=fields.get("bulb_seconds"),
            answer_at=answer_at,
        )
    except ValidationError as error:
        raise BadInput(f"invalid capture request: {error}") from error


def captured_photo(response: httpx2.Response) -> CapturedPhoto:
    """The photo in the answer to a capture. Raises ``ServiceError`` if it is an error, no photo, or a damaged one."""
    if not response.is_success:
        raise service_error(response)
    if response.headers.get("Content-Type") != "image/jpeg":
        raise ServiceError(
            "the service took the photo, but does not answer with photos: use the same photonic version on both sides",
            status=response.status_code,
        )
    content, tag = response.content, _ETAG.fullmatch(response.headers.get("ETag", ""))
    if tag is not None and hashlib.sha256(content).hexdigest() != tag[1]:
        raise ServiceError("the photo was damaged on its way; it is saved on the service", status=response.status_code)
    head = Message()
    head["Content-Disposition"] = response.headers.get("Content-Disposition", "inline")
    capture_id = response.headers.get("Location", "").rpartition("/")[2]
    return CapturedPhoto(content, PurePath(head.get_filename() or "photo.jpg").name, capture_id)
