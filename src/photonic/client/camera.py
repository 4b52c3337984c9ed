"""The client for the HTTP API of one camera: captures that are never taken twice, status, photos."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self
from urllib.parse import quote
from uuid import uuid4

import httpx2
from pydantic import ValidationError

from photonic.client.access import AccessClient
from photonic.client.address import ServiceAddress, bearer
from photonic.client.gallery import GalleryClient
from photonic.client.problem import parsed
from photonic.client.progress import CaptureProgress, reported
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
    CaptureRequest,
    CaptureStatusAnswer,
    CompatStatusAnswer,
    ConfigRequest,
    HealthAnswer,
    PhotoFile,
    PhotoList,
    StatusAnswer,
)
from photonic.protocol.backoff import delay_after

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

CAPTURE_SECONDS = 600.0
# The response to a capture is awaited in slices: a silently broken connection costs one slice, not the whole time.
CAPTURE_SLICE_SECONDS = 30.0
RETRY_DELAYS_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)


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
        self._v1: bool | None = None
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

    async def capture(
        self,
        session_id: str,
        sequence_number: int,
        *,
        output_directory: str = "./photos",
        retry_without_autofocus: bool | None = None,
        bulb_seconds: float | None = None,
        idempotency_key: str | None = None,
        on_progress: Callable[[CaptureProgress], None] | None = None,
        timeout_seconds: float | None = None,
    ) -> CaptureAnswer:
        """Take one photo; return when the service has saved it to disk.

        After a broken connection the request is repeated with the same ``idempotency_key``, so that one call never
        takes two photos. A compat-only service ignores the key: the request is then repeated only if the service cannot
        have received it.

        Args:
            session_id: The session that the photo belongs to.
            sequence_number: Its number in the session.
            output_directory: Where the service saves it, relative to its photo root.
            retry_without_autofocus: Whether to take the photo even if the camera cannot focus; ``None``: as configured.
            bulb_seconds: Hold the shutter open for this long; ``cancel_capture`` ends that early.
            idempotency_key: Identifies this call; ``None``: a new key.
            on_progress: Called at each change, in the event loop; must not block.
            timeout_seconds: How long to wait for the outcome; ``None``: ten minutes plus twice the exposure.

        Raises ``BadInput`` for an invalid session id, number or time, ``ServiceError`` if the capture failed or its
        outcome is still unknown when the time is up.
        """
        try:
            request = CaptureRequest(
                session_id=session_id,
                sequence_number=sequence_number,
                output_directory=output_directory,
                retry_without_autofocus=retry_without_autofocus,
                bulb_seconds=bulb_seconds,
            )
        except ValidationError as error:
            raise BadInput(f"invalid capture request: {error}") from error
        key = idempotency_key or str(uuid4())
        if timeout_seconds is None:
            # The dark frame takes as long as the exposure.
            timeout_seconds = CAPTURE_SECONDS + 2 * (bulb_seconds or 0.0)
        try:
            async with asyncio.timeout(timeout_seconds), reported(self, session_id, on_progress):
                return await self._capture(request, key)
        except TimeoutError as error:
            raise ServiceError(
                f"the capture did not finish within {timeout_seconds:g} s; look up its outcome with captures()",
                kind=FailureKind.TIMEOUT,
            ) from error

    async def begin_capture(self, session_id: str, sequence_number: int) -> CaptureRecord:
        """Ask for one photo; return its record when the service has accepted it. Follow it with ``get_capture``.

        Args:
            session_id: The session that the photo belongs to.
            sequence_number: Its number in the session.

        Raises ``ServiceError`` if the service refuses it, or does not answer: the photo may then have been taken.
        """
        request = CaptureRequest(session_id=session_id, sequence_number=sequence_number)
        headers = {"Idempotency-Key": str(uuid4()), "Prefer": "respond-async"}
        url = self._address.camera_url("/capture")
        body = request.model_dump(exclude_none=True)
        return parsed(await self._transport.send("POST", url, json=body, headers=headers), CaptureRecord)

    async def _capture(self, request: CaptureRequest, key: str) -> CaptureAnswer:
        """Send the request until there is a response, or until another try might take a second photo."""
        attempt = 0
        while True:
            try:
                response = await self._transport.post_once(
                    self._address.camera_url("/capture"),
                    json=request.model_dump(exclude_none=True),
                    headers={"Idempotency-Key": key},
                    read_seconds=CAPTURE_SLICE_SECONDS if self._v1 else None,
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
            else:
                return parsed(response, CaptureAnswer)
            await asyncio.sleep(delay_after(attempt, RETRY_DELAYS_SECONDS))
            attempt += 1

    async def _supports_keys(self) -> bool:
        """Whether the service has the v1 API, and so supports idempotency keys; waits while it restarts."""
        while self._v1 is None:
            try:
                await self.capture_status()
            except ServiceError:
                await asyncio.sleep(RETRY_DELAYS_SECONDS[-1])
        return self._v1

    async def capture_status(self) -> CaptureStatusAnswer | CompatStatusAnswer:
        """Whether a capture is running; from a v1 service, the whole snapshot."""
        response = await self._transport.send("GET", self._address.camera_url("/capture/status"))
        answer = parse_status(response.content)
        if answer is None:
            raise ServiceError(
                "the service sent a status that this client cannot read; use the same photonic version on both sides",
                status=response.status_code,
            )
        self._v1 = isinstance(answer, CaptureStatusAnswer)
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
