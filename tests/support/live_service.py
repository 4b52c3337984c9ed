"""A small live service of the v1 API under a test's control: snapshots, frames, silence, captures, restarts."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Self

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from tests.support.asgi import AsgiServer

from photonic.model.frame import Frame
from photonic.model.status import (
    CameraState,
    CameraStatus,
    CapturePhase,
    CaptureStatus,
    LiveState,
    LiveStatus,
    Snapshot,
)
from photonic.protocol import live

if TYPE_CHECKING:
    from starlette.requests import Request

FRAME_PERIOD_SECONDS = 0.04
HEARTBEAT_SECONDS = 0.5


class LiveService:
    """``async with LiveService() as service``; ``service.url`` is its address."""

    def __init__(self, *, token: str | None = None) -> None:
        self.server = AsgiServer(self._app())
        self.token = token
        self.boot = 1
        self.rev = 1
        self.seq = 0
        self.camera = CameraState.READY
        self.live = LiveState.RUNNING
        self.reason: str | None = None
        self.flowing = True
        self.mute = False
        self.refuses_with: tuple[int, str] | None = None
        self.resume_by_seconds = 30.0
        self.captures: tuple[CaptureStatus, ...] = ()
        self.sockets: set[WebSocket] = set()
        self.opened = 0
        self.status_requests = 0
        self.preview_restarts = 0
        self.capture_requests: list[str] = []
        self.photos: dict[str, int] = {}
        self.cut_captures = 0
        self.capture_gate = asyncio.Event()
        self.capture_gate.set()
        self.changed = asyncio.Event()

    @property
    def url(self) -> str:
        return self.server.url

    async def __aenter__(self) -> Self:
        await self.server.up()
        self._pumps = [asyncio.create_task(self._frames()), asyncio.create_task(self._heartbeats())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.wait(self._pumps)
        await self.server.down()

    # Under the test's control ----------------------------------------------------------------------------------------

    async def change(self, **fields: Any) -> None:
        """Change what the service says, and tell the viewers."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.rev += 1
        await self._tell()

    async def pause(self, session_id: str = "guest") -> None:
        """A capture begins."""
        capture = CaptureStatus(id="c1", session_id=session_id, phase=CapturePhase.EXPOSING, elapsed_seconds=0.1)
        await self.change(camera=CameraState.CAPTURING, live=LiveState.PAUSED, captures=(capture,))

    async def resume(self) -> None:
        """The capture is over."""
        await self.change(camera=CameraState.READY, live=LiveState.RUNNING, captures=())

    async def restart(self) -> None:
        """The process is killed and started again."""
        await self.kill()
        await self.revive()

    async def kill(self) -> None:
        await self.server.down()

    async def revive(self) -> None:
        self.boot, self.rev, self.seq = self.boot + 1, 1, 0
        self.camera, self.live, self.captures = CameraState.READY, LiveState.RUNNING, ()
        await self.server.up()

    def snapshot(self) -> Snapshot:
        paused = self.live is LiveState.PAUSED
        return Snapshot(
            boot_id=f"boot-{self.boot}",
            rev=self.rev,
            now_us=time.monotonic_ns() // 1000,
            camera=CameraStatus(id="cam", model="Fake", state=self.camera, reason=self.reason),
            captures=self.captures,
            live=LiveStatus(
                state=self.live, resume_by_seconds=self.resume_by_seconds if paused else None, epoch=1, seq=self.seq
            ),
        )

    # Routes ----------------------------------------------------------------------------------------------------------

    def _app(self) -> Starlette:
        prefix = "/api/v1/camera"
        return Starlette(
            routes=[
                WebSocketRoute(f"{prefix}/liveview/stream", self._stream),
                Route(f"{prefix}/capture/status", self._status),
                Route(f"{prefix}/liveview/start", self._restart_preview, methods=["POST"]),
                Route(f"{prefix}/capture", self._capture, methods=["POST"]),
            ]
        )

    async def _stream(self, socket: WebSocket) -> None:
        await socket.accept(live.SUBPROTOCOL)
        self.opened += 1
        if self.refuses_with is not None:
            await socket.close(*self.refuses_with)
            return
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            if not self.mute:
                await socket.send_text(self.snapshot().model_dump_json())
            self.sockets.add(socket)
            while True:
                await socket.receive_text()
        self.sockets.discard(socket)

    async def _status(self, request: Request) -> Response:
        self.status_requests += 1
        if self.token is not None and request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"detail": "no token"}, 401)
        wait_rev = request.query_params.get("wait_rev")
        if wait_rev is not None and int(wait_rev) >= self.rev:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(float(request.query_params["timeout_seconds"])):
                    await self.changed.wait()
        capturing = bool(self.captures)
        return JSONResponse({**self.snapshot().model_dump(mode="json"), "is_capturing": capturing})

    async def _restart_preview(self, _request: Request) -> Response:
        self.preview_restarts += 1
        self.flowing = True
        return JSONResponse({"success": True, "message": "live view is on"})

    async def _capture(self, request: Request) -> Response:
        key = request.headers["idempotency-key"]
        body = await request.json()
        self.capture_requests.append(key)
        photo = self.photos.setdefault(key, len(self.photos) + 1)
        if body["session_id"] == "refused":
            problem = {"type": "urn:photonic:problem:autofocus_failed", "title": "failed", "status": 422}
            return JSONResponse({**problem, "detail": "no contrast"}, 422, media_type="application/problem+json")
        if self.cut_captures:
            self.cut_captures -= 1
            self.server.cut()
            return Response()
        await self.pause(body["session_id"])
        await self.capture_gate.wait()
        await self.resume()
        answer = {"success": True, "image_path": f"/photos/{photo}.jpg", "capture_time_ms": 5, "capture_id": "c1"}
        return JSONResponse(answer)

    # Viewers ---------------------------------------------------------------------------------------------------------

    async def _frames(self) -> None:
        while True:
            await asyncio.sleep(FRAME_PERIOD_SECONDS)
            if self.flowing and self.live is LiveState.RUNNING:
                self.seq += 1
                jpeg = b"\xff\xd8" + self.seq.to_bytes(8) + b"\xff\xd9"
                message = live.encode(Frame(1, self.seq, time.monotonic_ns() // 1000, jpeg))
                await self._send(message)

    async def _heartbeats(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self._tell()

    async def _tell(self) -> None:
        text = self.snapshot().model_dump_json()
        self.changed.set()
        self.changed = asyncio.Event()
        await self._send(text)

    async def _send(self, message: str | bytes) -> None:
        for socket in [] if self.mute else list(self.sockets):
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))
