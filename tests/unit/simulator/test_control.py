"""Remote control of the camera: its commands, and the responses to invalid requests."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.waiting import until_true
from tests.unit.simulator.server import ServerHarness

from photonic.errors import BadInput, ServiceError
from photonic.simulator.control import ControlClient, ControlServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def harness() -> AsyncIterator[tuple[ServerHarness, ControlServer]]:
    harness = ServerHarness(speed=100.0)
    async with harness.server, ControlServer(harness.server, harness.body, harness.journal, port=0) as server:
        yield harness, server


WireHarness = tuple[ServerHarness, ControlServer]


async def test_it_presses_charges_and_reads(harness: WireHarness) -> None:
    camera, server = harness
    control = ControlClient("127.0.0.1", server.port)
    await asyncio.to_thread(control.press)
    await until_true(lambda: camera.entries("written"))
    await asyncio.to_thread(control.battery, 40)
    state = await asyncio.to_thread(control.state)
    assert (state["battery_percent"], state["iso"], state["viewfinder"]) == (40, 400, False)
    entries = await asyncio.to_thread(control.journal)
    assert [entry["event"] for entry in entries] == ["pressed", "exposed", "added", "written"]
    assert await asyncio.to_thread(control.journal, entries[-1]["n"]) == []


async def test_it_begins_and_ends_faults(harness: WireHarness) -> None:
    _, server = harness
    control = ControlClient("127.0.0.1", server.port)
    await asyncio.to_thread(control.fault, "mute")
    assert (await asyncio.to_thread(control.state))["faults"] == ["mute"]
    await asyncio.to_thread(control.clear)
    assert (await asyncio.to_thread(control.state))["faults"] == []
    with pytest.raises(BadInput, match="unknown fault"):
        await asyncio.to_thread(control.fault, "fire")
    with pytest.raises(BadInput, match="unknown fault"):
        await asyncio.to_thread(control.clear, "fire")


async def test_every_field_of_a_fault_arrives_and_what_is_on_and_waits_is_listed(harness: WireHarness) -> None:
    _, server = harness
    control = ControlClient("127.0.0.1", server.port)

    def tell() -> dict[str, Any]:
        control.fault("truncated_frame", start="frame", number=7, seconds=3, amount=0.25, times=2, every=9)
        control.fault("late_twin", amount=2.5)
        control.fault("drip", start="time", number=1e6)
        return control.state()

    state = await asyncio.to_thread(tell)
    assert state["faults"] == ["late_twin"]
    assert state["on"] == [{"name": "late_twin", "start": "now", "amount": 2.5}]
    truncated, drip = state["waiting"]
    fields = {"seconds": 3, "amount": 0.25, "times": 2, "every": 9}
    assert truncated == {"name": "truncated_frame", "start": "frame", "number": 7} | fields
    assert (drip["name"], drip["start"]) == ("drip", "time")
    assert drip["number"] == pytest.approx(1e6)


async def test_a_script_is_loaded_at_run_time_as_a_text_or_from_a_file(harness: WireHarness, tmp_path: Path) -> None:
    _, server = harness
    control = ControlClient("127.0.0.1", server.port)
    path = tmp_path / "faults.toml"
    path.write_text("[[fault]]\nname = 'heat'\n[[fault]]\nname = 'fire'\n")

    def tell() -> dict[str, Any]:
        control.script("[mix]\nevery = [50, 60]\nseconds = [1, 2]\n[[mix.fault]]\nname = 'mute'\n")
        with pytest.raises(BadInput, match=f"^{path}: fault 2: name"):
            control.script(path)
        return control.state()

    state = await asyncio.to_thread(tell)
    assert state["faults"] == [], "half of a broken script was loaded"
    assert [fault["name"] for fault in state["waiting"]] == ["mute"]
    await asyncio.to_thread(control.clear)
    assert (await asyncio.to_thread(control.state))["waiting"] == []


async def test_it_moves_the_card_and_the_cable(harness: WireHarness) -> None:
    camera, server = harness
    control = ControlClient("127.0.0.1", server.port)
    await asyncio.to_thread(control.card, inside=False, locked=True)
    state = await asyncio.to_thread(control.state)
    assert (state["card"], state["card_locked"], state["available_shots"]) == (False, True, 0)
    await asyncio.to_thread(control.card, inside=True)
    state = await asyncio.to_thread(control.state)
    assert (state["card"], state["card_locked"]) == (True, True)
    await asyncio.to_thread(control.card, locked=False)
    assert not (await asyncio.to_thread(control.state))["card_locked"]
    await asyncio.to_thread(control.unplug)
    await camera.listening(wanted=False)
    await asyncio.to_thread(control.plug)
    await camera.listening(wanted=True)


async def test_each_fault_is_in_the_diary_with_its_begin_and_its_end(harness: WireHarness) -> None:
    camera, server = harness
    control = ControlClient("127.0.0.1", server.port)
    await asyncio.to_thread(control.fault, "drip", seconds=0.05)
    await until_true(lambda: camera.entries("fault_end"))
    asked, began, ended = await asyncio.to_thread(control.journal)
    assert [asked["event"], began["event"], ended["event"]] == ["fault", "fault_begin", "fault_end"]
    assert (began["name"], began["seconds"]) == ("drip", 0.05)
    assert (ended["name"], ended["why"]) == ("drip", "time")
    assert ended["at_us"] - began["at_us"] == pytest.approx(50_000, abs=2)


async def test_a_busy_camera_says_so(harness: WireHarness) -> None:
    camera, server = harness
    camera.body.set(0xD102, (0x10).to_bytes(4, "little"), camera.now)
    control = ControlClient("127.0.0.1", server.port)
    await asyncio.to_thread(control.press)
    with pytest.raises(BadInput, match="busy"):
        await asyncio.to_thread(control.press)


@pytest.mark.parametrize(
    "order",
    [
        b"[" * 60_000 + b"]" * 3,
        b"\xff\xfe",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"do": "dance"}',
        b'{"do": "battery"}',
        b'{"do": "battery", "percent": []}',
        b'{"do": "fault"}',
        b'{"do": "fault", "name": "mute", "loud": 1}',
        b'{"do": "fault", "name": "mute", "seconds": "1"}',
        b'{"do": "clear", "name": 7}',
        b'{"do": "card", "inside": "yes"}',
        b'{"do": "script"}',
        b'{"do": "script", "toml": 7}',
    ],
)
async def test_nonsense_is_answered_and_the_next_order_obeyed(harness: WireHarness, order: bytes) -> None:
    _, server = harness
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(order + b"\n" + b'{"do": "state"}\n')
    answers: list[dict[str, Any]] = [json.loads(await reader.readline()) for _ in range(2)]
    writer.close()
    await writer.wait_closed()
    assert [answer["ok"] for answer in answers] == [False, True]
    assert answers[0]["error"]


async def test_an_endless_line_ends_its_connection_only(harness: WireHarness) -> None:
    _, server = harness
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"x" * 200_000)
    # Closed with bytes unread: the kernel may send a reset.
    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    assert await asyncio.to_thread(ControlClient("127.0.0.1", server.port).state)


def test_a_camera_that_is_not_there_is_said() -> None:
    with pytest.raises(ServiceError, match="does not answer"):
        ControlClient("127.0.0.1", 1).state()
