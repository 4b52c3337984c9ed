"""Faults of USB itself: endpoints, resets of the port, cables and hubs, on the real libgphoto2 and libusb."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from tests.contract.faults.row import Case, Produced, Setup
from tests.support.status_pattern import StatusPattern

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.contract.faults.harness import FaultHarness

RECOVERING = StatusPattern(camera="recovering")
ABSENT = StatusPattern(camera="absent")
BLOCKED = StatusPattern(camera="blocked")
NEW_SESSION = "ladder rung 2: the camera is opened again in the same process"
RESET = "the call's deadline, then ladder rung 4 with a reset of the port"
RETURNS = "the service waits until the kernel reports it again"
_on_usb = partial(Case, setup=Setup.USB, produced=Produced.USB)


def _in_a_frame(name: str) -> Callable[[FaultHarness], Awaitable[None]]:
    """Strikes once, in a transfer of a frame."""

    async def play(harness: FaultHarness) -> None:
        harness.fault(name, start="frame", number=1, times=1)
        await harness.spent(name)

    return play


async def _without_zero_packets(harness: FaultHarness) -> None:
    harness.fault("no_zero_packet", seconds=3.0)
    await harness.spent("no_zero_packet")


async def _late_zero_packet(harness: FaultHarness) -> None:
    harness.fault("late_zero_packet", amount=1.0, times=1)
    await harness.take()
    harness.end("late_zero_packet")


def _until_the_reset(name: str) -> Callable[[FaultHarness], Awaitable[None]]:
    """Lasts until the port is reset."""

    async def play(harness: FaultHarness) -> None:
        harness.fault(name, start="frame", number=1)
        await harness.spent(name)
        assert [entry["why"] for entry in harness.journal("fault_end")] == ["reset"]

    return play


async def _wedged_in_a_capture(harness: FaultHarness) -> None:
    capture = asyncio.create_task(harness.take_in_the_end())
    await harness.until(lambda: bool(harness.journal("added")))
    harness.fault("wedged")
    await harness.spent("wedged")
    await capture


async def _reset_renumbers(harness: FaultHarness) -> None:
    before = harness.control.place()
    harness.control.fault("reset_renumbers", times=1)
    harness.fault("wedged", start="frame", number=1)
    await harness.spent("wedged")
    await harness.until(lambda: harness.control.place() is not None)
    assert harness.control.place() != before


async def _reset_loses(harness: FaultHarness) -> None:
    harness.control.fault("reset_loses")
    harness.fault("wedged", start="frame", number=1)
    await harness.witness.until(ABSENT)
    harness.end("unplug")


async def _unplugged_in_a_frame(harness: FaultHarness) -> None:
    harness.fault("unplug", start="frame", number=1)
    await harness.witness.until(ABSENT)
    harness.end("unplug")


async def _unplugged_in_a_download(harness: FaultHarness) -> None:
    harness.control.fault("slow_transfer", amount=1)
    capture = asyncio.create_task(harness.take_in_the_end())
    await harness.until(lambda: bool(harness.journal("added")))
    harness.fault("unplug")
    await harness.witness.until(ABSENT)
    harness.control.clear("slow_transfer")
    harness.end("unplug")
    await capture


async def _unplugged_in_an_exposure(harness: FaultHarness) -> None:
    await harness.client.configure(shutter_speed_capture="4")
    capture = asyncio.create_task(harness.take_in_the_end())
    await harness.until(lambda: bool(harness.journal("pressed")))
    harness.fault("unplug")
    await harness.witness.until(ABSENT)
    harness.end("unplug")
    await capture
    await harness.client.configure(shutter_speed_capture="1/125")


async def _plugged_in_elsewhere(harness: FaultHarness) -> None:
    harness.fault("unplug")
    await harness.witness.until(ABSENT)
    harness.control.replug("3")
    harness.end()
    await harness.witness.until(StatusPattern(camera="ready", live="running"))
    harness.control.replug("2.1")


async def _hub_unplugged(harness: FaultHarness) -> None:
    harness.begin()
    harness.control.hub(plugged=False)
    await harness.witness.until(ABSENT)
    harness.control.hub(plugged=True)
    harness.end()


async def _storm(harness: FaultHarness) -> None:
    harness.fault("unplug", seconds=0.3, every=0.8)
    await harness.until(lambda: len(harness.journal("fault_end")) >= 8)
    harness.end("unplug")


def _while_it_is_opened(name: str, *sees: StatusPattern) -> Callable[[FaultHarness], Awaitable[None]]:
    async def play(harness: FaultHarness) -> None:
        await harness.client.disconnect()
        harness.fault(name)
        connecting = asyncio.create_task(harness.client.connect())
        for pattern in sees:
            await harness.witness.until(pattern)
        if sees:
            harness.end(name)
        await asyncio.wait([connecting])
        if connecting.exception() is not None:
            await harness.client.connect()
        harness.end(name)

    return play


STALLS = (
    _on_usb("in", "an IN transfer stalls", _in_a_frame("stall_in"), heals=RESET, sees=(RECOVERING,)),
    _on_usb("out", "an OUT transfer stalls", _in_a_frame("stall_out"), heals="the library clears the halt and repeats"),
    _on_usb(
        "lasting",
        "both endpoints are halted until the port is reset",
        _until_the_reset("lasting_halt"),
        heals="ladder rung 3: the port is reset",
        sees=(RECOVERING,),
    ),
)
TRANSFERS = (
    _on_usb("error", "EPROTO", _in_a_frame("protocol_error"), heals=NEW_SESSION, sees=(RECOVERING,)),
    _on_usb("short", "a transfer ends early", _in_a_frame("short_read"), heals=RESET, sees=(RECOVERING,)),
    _on_usb("babble", "a packet is too large", _in_a_frame("babble"), heals=NEW_SESSION, sees=(RECOVERING,)),
    _on_usb("no zero packet", "the packet of no bytes is missing", _without_zero_packets, heals="nothing has to heal"),
    _on_usb("late zero packet", "the packet of no bytes is 1 s late", _late_zero_packet, heals="nothing has to heal",
            captures="saved"),
)  # fmt: skip
WEDGED = (
    _on_usb("live view", "the endpoints accept nothing", _until_the_reset("wedged"), heals=RESET, sees=(RECOVERING,)),
    _on_usb(
        "download",
        "the endpoints accept nothing while a photo is fetched",
        _wedged_in_a_capture,
        heals=f"{RESET}; the photo is fetched from the card",
        sees=(RECOVERING,),
        captures="failed with its reason or saved; in the end, the photo is in the index",
        long=True,
    ),
    _on_usb("stranded", "a data phase stops halfway", _in_a_frame("stranded_data"), heals=RESET, sees=(RECOVERING,)),
)
RESETS = (
    _on_usb(
        "renumbered",
        "the reset gives the camera another device number",
        _reset_renumbers,
        heals=f"{RESET}; the camera is found under its new number",
        sees=(RECOVERING,),
    ),
    _on_usb(
        "lost",
        "the camera does not come back from the reset until it is plugged in",
        _reset_loses,
        heals=RETURNS,
        sees=(ABSENT,),
        long=True,
    ),
)
CABLES = (
    _on_usb("frame", "unplugged in the middle of a frame", _unplugged_in_a_frame, heals=RETURNS, sees=(ABSENT,)),
    _on_usb(
        "download",
        "unplugged in the middle of a download",
        _unplugged_in_a_download,
        heals=f"{RETURNS}; the photo is fetched from the card",
        sees=(ABSENT,),
        captures="failed with its reason or saved; in the end, the photo is in the index",
        long=True,
    ),
    _on_usb(
        "exposure",
        "unplugged while the end of an exposure is waited for",
        _unplugged_in_an_exposure,
        heals=f"{RETURNS}; the photo is fetched from the card",
        sees=(ABSENT,),
        captures="failed with its reason; in the end, the photo is in the index",
        long=True,
    ),
    _on_usb("elsewhere", "plugged into another port", _plugged_in_elsewhere, heals=RETURNS, sees=(ABSENT,)),
    _on_usb("hub", "the hub is unplugged", _hub_unplugged, heals=RETURNS, sees=(ABSENT,)),
    _on_usb("storm", "unplugged every 0.8 s for 0.3 s, eight times", _storm, heals=RETURNS, sees=(ABSENT,), long=True),
)
CLAIMS = (
    _on_usb(
        "interface",
        "another program has claimed the interface",
        _while_it_is_opened("claimed", BLOCKED),
        heals="the holder is named with the command that frees the camera; retried without going up the ladder",
        sees=(BLOCKED,),
    ),
    _on_usb(
        "driver",
        "a driver of the kernel is bound to the interface",
        _while_it_is_opened("kernel_driver"),
        heals="the library detaches it",
    ),
)
