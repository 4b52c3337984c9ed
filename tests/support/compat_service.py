"""A small real service with only the compat API, which closes its sockets during captures, as existing ones do."""

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

if TYPE_CHECKING:
    from starlette.requests import Request

FRAME_PERIOD_SECONDS = 0.04


class CompatService:
    """``record`` lists what came, with the loop's time: ``dial``, ``ask`` (and the answer), ``start``, ``capture``."""

    def __init__(self) -> None:
        self.server = AsgiServer(self._app())
        self.capturing_since: float | None = None
        self.flowing = True
        self.record: list[tuple[float, str, object]] = []
        self.count = 0
        self.sockets: set[WebSocket] = set()
        self.session_id: str | None = None
        self.photos = 0
        self.cut_captures = 0

    @property
    def url(self) -> str:
        return self.server.url

    async def __aenter__(self) -> Self:
        await self.server.up()
        self._pump = asyncio.create_task(self._frames())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pump.cancel()
        await asyncio.wait([self._pump])
        await self.server.down()

    # Under the test's control ----------------------------------------------------------------------------------------

    def begin_capture(self) -> None:
        self.capturing_since = time.time()
        self._note("capture", "began")
        self.server.cut()

    def end_capture(self) -> None:
        self.capturing_since = None
        self._note("capture", "ended")

    def times(self, kind: str, value: object = None) -> list[float]:
        return [at for at, what, which in self.record if what == kind and value in {None, which}]

    # Routes ----------------------------------------------------------------------------------------------------------

    def _app(self) -> Starlette:
        prefix = "/api/v1/camera"
        return Starlette(
            routes=[
                WebSocketRoute(f"{prefix}/liveview/stream", self._stream),
                Route(f"{prefix}/capture/status", self._status),
                Route(f"{prefix}/liveview/start", self._start, methods=["POST"]),
                Route(f"{prefix}/capture", self._capture, methods=["POST"]),
                Route(f"{prefix}/status", self._camera_status),
            ]
        )

    async def _stream(self, socket: WebSocket) -> None:
        self._note("dial", self.capturing_since is not None)
        await socket.accept()
        if self.capturing_since is not None:
            await socket.close(1013)
            return
        self.sockets.add(socket)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await socket.receive_text()
        self.sockets.discard(socket)

    async def _status(self, _request: Request) -> Response:
        since = self.capturing_since
        self._note("ask", since is not None)
        return JSONResponse(
            {
                "is_capturing": since is not None,
                "capture_start_time": since,
                "session_id": self.session_id if since is not None else None,
                "elapsed_seconds": None if since is None else time.time() - since,
            }
        )

    async def _start(self, _request: Request) -> Response:
        self._note("start", None)
        return JSONResponse({"success": True, "message": "ok"})

    async def _camera_status(self, _request: Request) -> Response:
        return JSONResponse({"connected": True, "model": "Old", "battery": 80, "storage_available": True})

    async def _capture(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        self.session_id = body["session_id"]
        self.photos += 1
        if self.cut_captures:
            self.cut_captures -= 1
            self.server.cut()
            return Response()
        if self.session_id == "absent":
            return JSONResponse({"detail": "Camera not connected"}, 503)
        self.begin_capture_quietly()
        await asyncio.sleep(0.7)
        self.end_capture()
        return JSONResponse({"success": True, "image_path": f"photos/{self.photos}.jpg", "capture_time_ms": 700})

    def begin_capture_quietly(self) -> None:
        """As ``begin_capture``, with the request's own connection left open."""
        self.capturing_since = time.time()
        self._note("capture", "began")

    async def _frames(self) -> None:
        while True:
            await asyncio.sleep(FRAME_PERIOD_SECONDS)
            if not self.flowing or self.capturing_since is not None:
                continue
            self.count += 1
            jpeg = b"\xff\xd8" + self.count.to_bytes(8) + b"\xff\xd9"
            for socket in list(self.sockets):
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await socket.send_bytes(jpeg)

    def _note(self, kind: str, value: object) -> None:
        self.record.append((asyncio.get_running_loop().time(), kind, value))
