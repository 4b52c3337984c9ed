"""The hand on the camera: what it can do, and that nonsense gets an answer."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.simulator.test_server import ServerRig

from photonic.errors import BadInput, ServiceError
from photonic.simulator.control import Control, ControlServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def rig() -> AsyncIterator[tuple[ServerRig, ControlServer]]:
    rig = ServerRig(speed=100.0)
    async with rig.server, ControlServer(rig.server, rig.body, rig.journal, port=0) as server:
        yield rig, server


Rig = tuple[ServerRig, ControlServer]


async def test_it_presses_charges_and_reads(rig: Rig) -> None:
    camera, server = rig
    control = Control("127.0.0.1", server.port)
    await asyncio.to_thread(control.press)
    await camera.until(lambda: camera.entries("written"))
    await asyncio.to_thread(control.battery, 40)
    state = await asyncio.to_thread(control.state)
    assert (state["battery_percent"], state["iso"], state["viewfinder"]) == (40, 400, False)
    entries = await asyncio.to_thread(control.journal)
    assert [entry["event"] for entry in entries] == ["pressed", "exposed", "added", "written"]
    assert await asyncio.to_thread(control.journal, entries[-1]["n"]) == []


async def test_it_begins_and_ends_faults(rig: Rig) -> None:
    _, server = rig
    control = Control("127.0.0.1", server.port)
    await asyncio.to_thread(control.fault, "mute")
    assert (await asyncio.to_thread(control.state))["faults"] == ["mute"]
    await asyncio.to_thread(control.clear)
    assert (await asyncio.to_thread(control.state))["faults"] == []
    with pytest.raises(BadInput, match="no fault named"):
        await asyncio.to_thread(control.fault, "fire")


async def test_a_busy_camera_says_so(rig: Rig) -> None:
    camera, server = rig
    camera.body.set(0xD102, (0x10).to_bytes(4, "little"), camera.now)
    control = Control("127.0.0.1", server.port)
    await asyncio.to_thread(control.press)
    with pytest.raises(BadInput, match="busy"):
        await asyncio.to_thread(control.press)


@pytest.mark.parametrize(
    "order", [b"nonsense", b"[]", b"{}", b'{"do": "dance"}', b'{"do": "battery"}', b'{"do": "battery", "percent": []}']
)
async def test_nonsense_is_answered_and_the_next_order_obeyed(rig: Rig, order: bytes) -> None:
    _, server = rig
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(order + b"\n" + b'{"do": "state"}\n')
    answers: list[dict[str, Any]] = [json.loads(await reader.readline()) for _ in range(2)]
    writer.close()
    await writer.wait_closed()
    assert [answer["ok"] for answer in answers] == [False, True]
    assert answers[0]["error"]


async def test_an_endless_line_ends_its_connection_only(rig: Rig) -> None:
    _, server = rig
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"x" * 200_000)
    # Closed with bytes unread: the kernel may say so with a reset.
    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    assert await asyncio.to_thread(Control("127.0.0.1", server.port).state)


def test_a_camera_that_is_not_there_is_said() -> None:
    with pytest.raises(ServiceError, match="does not answer"):
        Control("127.0.0.1", 1).state()
