"""The server's start and end."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from contextlib import ExitStack
from socket import create_connection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.support.fake_controller import FakeController
from tests.support.serving import serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from photonic.errors import PhotonicError

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "/api/v1/camera"
SHOT = {"session_id": "s", "sequence_number": 1}
WITHIN_SECONDS = 30

PROGRAM = """
import asyncio
from pathlib import Path
from photonic.service.config.settings import ServiceSettings
from photonic.service.config.fields import LogFormat
from photonic.service.support.logs import set_up_logging
from photonic.service.server import serve_cameras
from photonic.serving.listening import bind, url_of
from tests.support.fake_controller import FakeController

async def main():
    set_up_logging(LogFormat.JSON, "info")
    listener = bind("127.0.0.1", 0)
    controller = FakeController(publish_every_seconds=0.05)
    on_ready = lambda: print(url_of(listener), flush=True)
    settings = ServiceSettings(photo_root=Path("/dev/null/nowhere"))
    await serve_cameras(settings, [controller], [listener], on_ready=on_ready)
    print("left in order" if controller.left_in_order else "left", flush=True)

asyncio.run(main())
"""


async def test_a_station_that_fails_ends_the_service_and_is_named() -> None:
    controller = FakeController()
    with pytest.raises(PhotonicError, match="told to crash"):
        async with serving(controller) as service, connect(service.socket_url()) as socket:
            controller.crash.set()
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            await asyncio.wait([service.task])


async def test_connections_that_come_while_the_service_stops_are_closed() -> None:
    """Their sockets stayed open: asyncio had accepted them, and then found their server closed."""
    with ExitStack() as dialed:
        async with serving(FakeController()) as service:
            address = urlsplit(service.url)
            for _browser in range(6):
                dialed.enter_context(create_connection((address.hostname, address.port)))
            await asyncio.sleep(0)  # they are accepted in the turn in which the stop is asked for
            service.stop.set()
        gc.collect()  # an open socket that nobody knows any more is an error here


async def test_the_end_waits_for_no_capture() -> None:
    controller = FakeController()
    async with serving(controller) as service, httpx2.AsyncClient(base_url=service.url, timeout=30) as client:
        shot = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        service.stop.set()
        assert (await shot).json()["error_type"] == "shutting_down"
        await asyncio.wait([service.task])
    assert controller.left_in_order


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_in_order_with_viewers_connected(
    number: signal.Signals, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            url = (await process.stdout.readline()).decode().strip()
            async with (
                connect(f"ws{url[4:]}{CAMERA}/liveview/stream") as socket,
                httpx2.AsyncClient(base_url=url) as client,
                client.stream("GET", f"{CAMERA}/liveview/stream.mjpg"),
            ):
                await socket.recv()
                process.send_signal(number)
                process.send_signal(number)
                with pytest.raises(ConnectionClosed) as ended:
                    while True:
                        await socket.recv()
            output, log = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert ended.value.rcvd is not None
    assert (ended.value.rcvd.code, process.returncode) == (1012, 0)
    assert output == b"left in order\n"
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line["event"] == "stopping" for line in lines)
    assert not any(line["level"] in {"error", "critical"} for line in lines), lines
