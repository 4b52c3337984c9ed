"""The client for the HTTP API of one camera: captures that are never taken twice, status, photos."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, Self, overload
from urllib.parse import quote
from uuid import uuid4

from pydantic import ValidationError

from photonic.client.access import AccessClient
from photonic.client.address import ServiceAddress, bearer
from photonic.client.capturing import CapturedPhoto, CaptureSender, capture_request, captured_photo
from photonic.client.gallery import GalleryClient
from photonic.client.problem import parsed
from photonic.client.progress import reported
from photonic.client.sequences import SequencesClient
from photonic.client.settings import SettingsClient
from photonic.client.status_route import parse_status
from photonic.client.transport import REQUEST_SECONDS, ServiceTransport
from photonic.client.verification import VerificationClient
from photonic.errors import BadInput, FailureKind, ServiceError
from photonic.model.api import (
    Answer,
    CameraList,
    CameraSummary,
    CaptureAnswer,
    CapturePage,
    CaptureRecord,
    CaptureStatusAnswer,
    CompatStatusAnswer,
    ConfigRequest,
    ExposedCapture,
    HealthAnswer,
    PhotoFile,
    PhotoList,
    StatusAnswer,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping
    from types import TracebackType
    from typing import Unpack

    import httpx2

    from photonic.client.capturing import CaptureFields
    from photonic.model.exposure_end import AnswerAt

CAPTURE_SECONDS = 600.0
_SHAPES: Mapping[AnswerAt, type[CaptureAnswer | CaptureRecord]] = {
    "accepted": CaptureRecord,
    "exposed": ExposedCapture,
    "saved": CaptureAnswer,
}


class CameraClient:
    """One camera of one service. Used as ``async with CameraClient("http://127.0.0.1:8000") as camera:``.

    ``settings`` reads and changes the camera's settings, ``sequences`` runs bursts, time-lapses and the like,
    ``gallery`` has the sessions and the deleted photos, ``verification`` checks stored photos, ``access`` lets others
    in. Every method raises
    ``ServiceError``: with the ``status``, ``kind`` and ``reason`` of the service's response, or with ``status``
    ``None`` if there was no response. Fields that a compat-only service (one with the compat API but not the v1 API)
    does not send have their defaults.

    Args:
        base_url: The address of the service.
        camera: Its name or serial number; ``None``: the default camera.
        token: The token that the service requires from other machines; ``None``: no token.
        ssl_context: Whose certificates are accepted, such as ``client.trust.trusting(file)``; ``None``: those that
            this machine trusts.
    """

    def __init__(
        self,
        base_url: str,
        camera: str | None = None,
        token: str | None = None,
        *,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._address = ServiceAddress.parse(base_url, camera)
        self._transport = ServiceTransport(self._address, bearer(token), ssl_context)
        self._sender = CaptureSender(self._transport, self._address.camera_url("/capture"), self.capture_status)
        # The service reads the settings only after a capture in progress has ended.
        transport, camera_url = self._transport, self._address.camera_url
        self.settings = SettingsClient(transport.asker(camera_url, read_seconds=CAPTURE_SECONDS))
        self.verification = VerificationClient(transport.asker(camera_url))
        self.sequences = SequencesClient(transport.asker(camera_url), self)
        self.access = AccessClient(transport.asker(lambda route: self._address.url(f"/api/v1{route}")))
        self.gallery = GalleryClient(
            transport.asker(lambda route: self._address.url(f"/api/v1{route}"), transport.for_camera()),
            transport.chunks,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        await self._transport.close()

    # Captures --------------------------------------------------------------------------------------------------------

    @overload
    async def capture(
        self,
        session_id: str,
        sequence_number: int,
        *,
        answer_at: Literal["saved"] = ...,
        **fields: Unpack[CaptureFields],
    ) -> CaptureAnswer: ...
    @overload
    async def capture(
        self, session_id: str, sequence_number: int, *, answer_at: Literal["exposed"], **fields: Unpack[CaptureFields]
    ) -> ExposedCapture: ...
    @overload
    async def capture(
        self, session_id: str, sequence_number: int, *, answer_at: Literal["accepted"], **fields: Unpack[CaptureFields]
    ) -> CaptureRecord: ...
    async def capture(
        self,
        session_id: str,
        sequence_number: int,
        *,
        answer_at: AnswerAt = "saved",
        **fields: Unpack[CaptureFields],
    ) -> CaptureAnswer | CaptureRecord:
        """Take one photo; return when the service has saved it to disk, or earlier.

        After a broken connection the request is repeated with the same idempotency key, so that one call never
        takes two photos. A compat-only service ignores the key: the request is then repeated only if the service cannot
        have received it. It also ignores ``answer_at``, which is then an error after the photo was taken.

        Args:
            session_id: The session that the photo belongs to.
            sequence_number: Its number in the session.
            answer_at: ``saved``; ``exposed``: return the record when the exposure is over, and what told that;
                ``accepted``: return the record at once. ``get_capture`` reads how it goes on.
            fields: See ``CaptureFields``.

        Raises ``BadInput`` for an invalid session id, number or time, ``ServiceError`` if the capture failed or its
        outcome is still unknown when the time is up.
        """
        shape = _SHAPES[answer_at]
        early = None if answer_at == "saved" else answer_at
        return parsed(await self._capture(session_id, sequence_number, fields, answer_at=early), shape)

    async def capture_photo(
        self, session_id: str, sequence_number: int, **fields: Unpack[CaptureFields]
    ) -> CapturedPhoto:
        """Take one photo, and return its JPEG once the service has saved it to disk.

        The arguments, and what it raises, are those of ``capture``. If the camera's ``image_format`` makes no JPEG, no
        photo is taken (``ServiceError`` with the status 406).
        """
        return captured_photo(await self._capture(session_id, sequence_number, fields, accept="image/jpeg"))

    async def _capture(
        self,
        session_id: str,
        sequence_number: int,
        fields: CaptureFields,
        *,
        answer_at: AnswerAt | None = None,
        accept: str | None = None,
    ) -> httpx2.Response:
        request = capture_request(session_id, sequence_number, fields, answer_at)
        key = fields.get("idempotency_key") or str(uuid4())
        timeout_seconds = fields.get("timeout_seconds")
        if timeout_seconds is None:
            # The dark frame takes as long as the exposure.
            timeout_seconds = CAPTURE_SECONDS + 2 * (request.bulb_seconds or 0.0)
        try:
            async with asyncio.timeout(timeout_seconds), reported(self, session_id, fields.get("on_progress")):
                return await self._sender.send(request, key, accept)
        except TimeoutError as error:
            raise ServiceError(
                f"the capture did not finish within {timeout_seconds:g} s; look up its outcome with captures()",
                kind=FailureKind.TIMEOUT,
            ) from error

    async def capture_status(self) -> CaptureStatusAnswer | CompatStatusAnswer:
        """Whether a capture is running; from a v1 service, the whole snapshot."""
        response = await self._transport.send("GET", self._address.camera_url("/capture/status"))
        answer = parse_status(response.content)
        if answer is None:
            raise ServiceError(
                "the service sent a status that this client cannot read; use the same photonic version on both sides",
                status=response.status_code,
            )
        self._sender.v1 = isinstance(answer, CaptureStatusAnswer)
        return answer

    async def wait_status(self, boot_id: str, rev: int, timeout_seconds: float = 10.0) -> CaptureStatusAnswer:
        """The status once ``boot_id`` or ``rev`` differs from these, or after ``timeout_seconds``."""
        response = await self._transport.send(
            "GET",
            self._address.camera_url("/capture/status"),
            params={"wait_boot_id": boot_id, "wait_rev": rev, "timeout_seconds": timeout_seconds},
            read_seconds=REQUEST_SECONDS + timeout_seconds,
        )
        return parsed(response, CaptureStatusAnswer)

    async def get_capture(self, capture_id: str) -> CaptureRecord:
        """One capture, running or ended."""
        return parsed(await self._transport.send("GET", self._record_url(capture_id)), CaptureRecord)

    async def captures(self, *, cursor: str | None = None, limit: int | None = None) -> CapturePage:
        """One page of captures, newest first; ``cursor`` is the ``next_cursor`` of the previous page."""
        params = self._transport.for_camera(cursor=cursor, limit=limit)
        return parsed(
            await self._transport.send("GET", self._address.url("/api/v1/captures"), params=params), CapturePage
        )

    async def cancel_capture(self, capture_id: str) -> None:
        """Cancel a capture that has not been exposed yet, or end a bulb exposure now; refused (409) afterwards."""
        await self._transport.send("DELETE", self._record_url(capture_id))

    # Camera and live view --------------------------------------------------------------------------------------------

    async def status(self) -> StatusAnswer:
        """The camera's status as the compat API reports it."""
        return parsed(await self._transport.send("GET", self._address.camera_url("/status")), StatusAnswer)

    async def cameras(self) -> tuple[CameraSummary, ...]:
        """Every camera of the service, the default one first."""
        return parsed(await self._transport.send("GET", self._address.url("/api/v1/cameras")), CameraList).cameras

    async def connect(self) -> Answer:
        """Connect the camera."""
        return await self._command("/connect")

    async def disconnect(self) -> Answer:
        """Disconnect the camera until the next ``connect``."""
        return await self._command("/disconnect")

    async def start_live(self) -> Answer:
        """Start live view, or restart it if it is stuck."""
        return await self._command("/liveview/start")

    async def stop_live(self) -> Answer:
        """Stop live view for compat viewers; it keeps running for others."""
        return await self._command("/liveview/stop")

    async def configure(self, **config: str | bool | None) -> Answer:
        """Set any fields of ``ConfigRequest``: all of them or none. Raises ``BadInput`` for other fields."""
        try:
            request = ConfigRequest.model_validate(config)
        except ValidationError as error:
            raise BadInput(f"invalid configuration: {error}") from error
        body = request.model_dump(exclude_none=True)
        return parsed(await self._transport.send("POST", self._address.camera_url("/config"), json=body), Answer)

    async def snapshot_jpg(self) -> bytes:
        """The newest live-view frame, as a JPEG."""
        return (await self._transport.send("GET", self._address.camera_url("/liveview/snapshot.jpg"))).content

    async def health(self) -> HealthAnswer:
        """The health of the service, not of the camera."""
        return parsed(await self._transport.send("GET", self._address.url("/health")), HealthAnswer)

    # Photos ----------------------------------------------------------------------------------------------------------

    async def photos(self, *, limit: int | None = None) -> tuple[PhotoFile, ...]:
        """The newest photos, newest first; ``limit`` ``None``: the service's page size."""
        params = self._transport.for_camera(limit=limit)
        response = await self._transport.send("GET", self._address.url("/api/v1/photos"), params=params)
        return parsed(response, PhotoList).photos

    def photo(self, photo_id: str) -> AsyncIterator[bytes]:
        """The bytes of one photo, chunk by chunk."""
        return self._transport.chunks(f"/photos/{quote(photo_id, safe='')}")

    # Requests --------------------------------------------------------------------------------------------------------

    async def _command(self, route: str) -> Answer:
        return parsed(await self._transport.send("POST", self._address.camera_url(route)), Answer)

    def _record_url(self, capture_id: str) -> str:
        return self._address.url(f"/api/v1/captures/{quote(capture_id, safe='')}")
