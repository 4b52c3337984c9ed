"""How the users of a history reach the service: they call what its routes call, or speak HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import httpx2
from tests.simulation.evidence import Answer

from photonic.errors import (
    BadInput,
    CameraError,
    CaptureError,
    FailureKind,
    PhotonicError,
    StorageError,
)
from photonic.model.api import CaptureRequest
from photonic.model.requester import Requester
from photonic.model.saved import SaveLevel
from photonic.model.sequence import SequenceRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.simulation.evidence import Request

    from photonic.model.api import CaptureRecord
    from photonic.service.camera.controller import CameraController

USER = Requester("simulated")
"""Whoever asks: all of a history's users own the same photos, as operators of one service do."""


class Refused(Exception):
    """The service refused a request, or could not carry it out. ``kind``: as in the API."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = reason
        super().__init__(f"{kind}: {reason}")


class Reply:
    """What one request for a photo was answered."""

    def __init__(
        self,
        capture_id: str | None,
        *,
        saved: bool,
        kind: str | None = None,
        reason: str | None = None,
        paths: Sequence[str] = (),
        warning: str | None = None,
        second: bool = False,
    ) -> None:
        self.capture_id = capture_id
        self.saved = saved
        self.kind = kind
        self.reason = reason
        self.paths = tuple(paths)
        self.warning = warning
        self.second = second

    def answer(self, at: float, life: int) -> Answer:
        """The same as evidence: told at this time, by this run of the service."""
        return Answer(
            at,
            life,
            self.saved,
            self.capture_id,
            kind=self.kind,
            reason=self.reason,
            paths=self.paths,
            warning=self.warning,
            second=self.second,
        )


class Client(Protocol):
    """What users do. Every method raises ``Refused``."""

    async def capture(self, wanted: Request, accepted: Callable[[str], object]) -> Reply:
        """Take a photo and wait for its end; ``accepted`` is called with the capture's id where that is known."""
        ...

    async def cancel(self, camera: int, capture_id: str) -> None:
        """Cancel a capture."""
        ...

    async def delete(self, camera: int, capture_id: str) -> bool:
        """Delete a photo; whether it was there."""
        ...

    async def restore(self, camera: int, capture_id: str) -> bool:
        """Restore a deleted photo; whether it was there."""
        ...

    async def connect(self, camera: int) -> None:
        """Connect a camera."""
        ...

    async def disconnect(self, camera: int) -> None:
        """Disconnect a camera."""
        ...

    async def begin(self, camera: int, body: Mapping[str, object], key: str) -> str:
        """Start a sequence; its id."""
        ...

    async def has_ended(self, camera: int, sequence_id: str) -> bool:
        """Whether a sequence has ended."""
        ...


class DirectClient:
    """Calls what the routes call."""

    def __init__(self, controllers: Sequence[CameraController]) -> None:
        self._controllers = controllers

    async def capture(self, wanted: Request, accepted: Callable[[str], object]) -> Reply:
        """See ``Client``."""
        request = CaptureRequest(session_id=wanted.session, sequence_number=wanted.number)
        try:
            job = await self._controllers[wanted.camera].submit(request, wanted.key, USER)
        except PhotonicError as error:
            raise _refused(error) from error
        accepted(job.id)
        return reply_of(await job.ended())

    async def cancel(self, camera: int, capture_id: str) -> None:
        """See ``Client``."""
        await self._tried(self._controllers[camera].cancel(capture_id))

    async def delete(self, camera: int, capture_id: str) -> bool:
        """See ``Client``."""
        return await self._tried(self._controllers[camera].gallery.delete(f"{capture_id}-1")) is not None

    async def restore(self, camera: int, capture_id: str) -> bool:
        """See ``Client``."""
        return await self._tried(self._controllers[camera].gallery.restore(f"{capture_id}-1")) is not None

    async def connect(self, camera: int) -> None:
        """See ``Client``."""
        await self._tried(self._controllers[camera].connect())

    async def disconnect(self, camera: int) -> None:
        """See ``Client``."""
        await self._tried(self._controllers[camera].disconnect())

    async def begin(self, camera: int, body: Mapping[str, object], key: str) -> str:
        """See ``Client``."""
        request = SequenceRequest.model_validate(body)
        record, _new = await self._tried(self._controllers[camera].sequences.submit(request, key, USER))
        return record.id

    async def has_ended(self, camera: int, sequence_id: str) -> bool:
        """See ``Client``."""
        return (await self._tried(self._controllers[camera].sequences.report(sequence_id))).ended

    async def _tried(self, call: Any) -> Any:
        try:
            return await call
        except PhotonicError as error:
            raise _refused(error) from error


class HttpClient:
    """Speaks HTTP with the application, on loopback."""

    def __init__(self, app: Any, cameras: Sequence[str]) -> None:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", timeout=None)
        self._cameras = cameras

    async def capture(self, wanted: Request, accepted: Callable[[str], object]) -> Reply:
        """See ``Client``."""
        body = {"session_id": wanted.session, "sequence_number": wanted.number}
        response = await self._client.post(
            f"{self._of(wanted.camera)}/capture", json=body, headers={"Idempotency-Key": wanted.key}
        )
        answer = response.json()
        if answer.get("capture_id") is None:
            raise Refused(_kind(answer), answer.get("detail", response.text))
        accepted(answer["capture_id"])
        return Reply(
            answer["capture_id"],
            saved=answer["success"],
            kind=answer["error_type"],
            reason=answer["error"],
            paths=() if answer["image_path"] is None else (answer["image_path"],),
            warning=answer["warning"],
            second=answer["saved"] == SaveLevel.SECOND,
        )

    async def cancel(self, camera: int, capture_id: str) -> None:
        """See ``Client``."""
        await self._sent("DELETE", f"/api/v1/captures/{capture_id}", camera)

    async def delete(self, camera: int, capture_id: str) -> bool:
        """See ``Client``."""
        return await self._found("DELETE", f"/api/v1/photos/{capture_id}-1", camera)

    async def restore(self, camera: int, capture_id: str) -> bool:
        """See ``Client``."""
        return await self._found("POST", f"/api/v1/photos/{capture_id}-1/restore", camera)

    async def connect(self, camera: int) -> None:
        """See ``Client``."""
        await self._sent("POST", f"{self._of(camera)}/connect")

    async def disconnect(self, camera: int) -> None:
        """See ``Client``."""
        await self._sent("POST", f"{self._of(camera)}/disconnect")

    async def begin(self, camera: int, body: Mapping[str, object], key: str) -> str:
        """See ``Client``."""
        response = await self._client.post(
            f"{self._of(camera)}/sequences", json=dict(body), headers={"Idempotency-Key": key}
        )
        return str(self._checked(response)["id"])

    async def has_ended(self, camera: int, sequence_id: str) -> bool:
        """See ``Client``."""
        answer = await self._sent("GET", f"{self._of(camera)}/sequences/{sequence_id}")
        return answer["phase"] in {"done", "cancelled", "failed"}

    def _of(self, camera: int) -> str:
        return f"/api/v1/cameras/{self._cameras[camera]}"

    async def _sent(self, method: str, path: str, camera: int | None = None) -> dict[str, Any]:
        query = {} if camera is None else {"camera": self._cameras[camera]}
        return self._checked(await self._client.request(method, path, params=query))

    async def _found(self, method: str, path: str, camera: int) -> bool:
        try:
            await self._sent(method, path, camera)
        except Refused as refused:
            if refused.kind == FailureKind.NOT_FOUND:
                return False
            raise
        return True

    def _checked(self, response: httpx2.Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.json() if response.content else {}
        if response.is_error:
            raise Refused(_kind(answer), answer.get("detail", response.text))
        return answer


def reply_of(record: CaptureRecord) -> Reply:
    """What a client is told of a capture's record."""
    return Reply(
        record.id,
        saved=record.phase == "saved",
        kind=record.error_type,
        reason=record.error,
        paths=[file.path for file in record.files],
        warning=record.warning,
        second=record.saved is SaveLevel.SECOND,
    )


def _refused(error: PhotonicError) -> Refused:
    match error:
        case BadInput():
            return Refused(FailureKind.BAD_INPUT, error.reason)
        case CameraError() | CaptureError() | StorageError():
            return Refused(error.kind, error.reason)
        case _:
            return Refused(type(error).__name__, str(error))


def _kind(answer: Mapping[str, Any]) -> str:
    return str(answer.get("type", "")).rpartition(":")[2]
