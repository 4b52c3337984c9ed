"""Faults between the camera and its process: the wire, the bus, the process itself."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from tests.contract.faults.row import Case, Produced, Setup
from tests.support.status_pattern import StatusPattern

if TYPE_CHECKING:
    from tests.contract.faults.harness import FaultHarness

RECOVERING = StatusPattern(camera="recovering")
ABSENT = StatusPattern(camera="absent")
NEW_PROCESS = "ladder rung 4: the camera process is replaced"
NEW_SESSION = f"{NEW_PROCESS}: over a network, a session cannot continue after a broken exchange"


async def _cut_in_a_frame(harness: FaultHarness) -> None:
    harness.fault("cut_transfer", times=1)
    await harness.spent("cut_transfer")


async def _cut_in_a_photo(harness: FaultHarness) -> None:
    # More than a frame has: it strikes the photo.
    harness.fault("cut_transfer", amount=100_000, times=1)
    await harness.take_in_the_end()
    await harness.spent("cut_transfer")


async def _silent(harness: FaultHarness) -> None:
    pid = harness.whole.camera_process_pid
    harness.fault("mute")
    await harness.witness.until(RECOVERING)
    await harness.until(lambda: harness.whole.has_another_camera_process(pid))
    harness.end("mute")


async def _misnumbered(harness: FaultHarness) -> None:
    # With a frame: the library shrugs a wrong number off in some of its other questions.
    harness.fault("wrong_transaction", start="frame", number=1, times=1)
    await harness.spent("wrong_transaction")


async def _drip(harness: FaultHarness) -> None:
    pid = harness.whole.camera_process_pid
    harness.fault("drip")
    await harness.witness.until(RECOVERING)
    await harness.until(lambda: harness.whole.has_another_camera_process(pid))
    harness.end("drip")


async def _unplugged(harness: FaultHarness) -> None:
    harness.fault("unplug")
    await harness.witness.until(ABSENT)
    harness.end("unplug")


async def _powered_off(harness: FaultHarness) -> None:
    charge = harness.control.state()["battery_percent"]
    harness.begin()
    harness.control.battery(0)
    await harness.witness.until(ABSENT)
    harness.control.battery(charge)
    harness.end()


async def _unplugged_in_a_transfer(harness: FaultHarness) -> None:
    capture = asyncio.create_task(harness.take_in_the_end())
    await harness.until(lambda: bool(harness.journal("added")))
    harness.fault("unplug")
    await harness.witness.until(ABSENT)
    harness.end("unplug")
    await capture


async def _asleep(harness: FaultHarness) -> None:
    harness.fault("sleep")
    await harness.witness.until(ABSENT)
    # The button wakes it, and takes a photo: nobody is connected then.
    harness.control.press()
    await harness.spent("sleep")


async def _stranded(harness: FaultHarness) -> None:
    harness.fault("stranded_data", times=1)
    await harness.spent("stranded_data")


async def _half_open(harness: FaultHarness) -> None:
    harness.fault("half_open", seconds=4.0)
    await harness.spent("half_open")


async def _crash(harness: FaultHarness) -> None:
    pid = harness.whole.camera_process_pid
    harness.begin()
    os.kill(pid, signal.SIGSEGV)
    await harness.witness.until(RECOVERING)


async def _crash_in_a_capture(harness: FaultHarness) -> None:
    await harness.client.configure(shutter_speed_capture="4")
    capture = asyncio.create_task(harness.take_in_the_end())
    await harness.until(lambda: bool(harness.journal("pressed")))
    harness.begin()
    os.kill(harness.whole.camera_process_pid, signal.SIGSEGV)
    await capture
    await harness.client.configure(shutter_speed_capture="1/125")


async def _killed_with_a_photo_in_ram(harness: FaultHarness) -> None:
    await harness.client.configure(shutter_speed_capture="4")
    capture = asyncio.create_task(harness.take_in_the_end())
    await harness.until(lambda: bool(harness.journal("pressed")))
    harness.begin()
    os.kill(harness.whole.camera_process_pid, signal.SIGKILL)
    await capture
    await harness.client.configure(shutter_speed_capture="1/125")
    # What the RAM mode declares, and nothing more: the one photo that was being exposed.
    assert len(harness.journal("lost")) <= 1


IO = (
    Case("frame", "cut in the middle of a frame", _cut_in_a_frame, heals=NEW_SESSION, sees=(RECOVERING,)),
    Case(
        "photo",
        "cut in the middle of a photo",
        _cut_in_a_photo,
        heals=f"{NEW_SESSION}; the photo is fetched from the card",
        sees=(RECOVERING,),
        captures="failed with its reason or saved; in the end, the photo is in the index",
    ),
)
TIMEOUT = (
    Case(
        "silence",
        "no response until its process is replaced",
        _silent,
        heals=NEW_PROCESS,
        sees=(RECOVERING,),
        long=True,
    ),
    Case(
        "misnumbered",
        "a response with another transaction's number",
        _misnumbered,
        heals=NEW_SESSION,
        sees=(RECOVERING,),
    ),
)
DRIP = (
    Case(
        "drip",
        "one byte a second, until its process is replaced",
        _drip,
        heals=NEW_PROCESS,
        sees=(RECOVERING,),
        long=True,
    ),
)
UNPLUGGED = (
    Case(
        "unplugged",
        "connections cut, and refused",
        _unplugged,
        heals="the service searches for it until it is back",
        sees=(ABSENT,),
    ),
    Case(
        "off",
        "the battery is empty, then changed",
        _powered_off,
        heals="the service searches for it until it is back",
        sees=(ABSENT,),
    ),
    Case(
        "transfer",
        "unplugged while a photo is being downloaded",
        _unplugged_in_a_transfer,
        heals="the service searches for it until it is back; the photo is fetched from the card",
        sees=(ABSENT,),
        captures="failed with its reason or saved; in the end, the photo is in the index",
    ),
)
ASLEEP = (
    Case(
        "asleep",
        "the camera has switched itself off",
        _asleep,
        heals="the service searches for it until its button wakes it; that press's photo is imported from the card",
        captures="the button's photo is recorded",
        sees=(ABSENT,),
    ),
)
STRANDED = (Case("stranded", "a data phase stops halfway", _stranded, heals=NEW_PROCESS, sees=(RECOVERING,)),)
SILENT = (
    Case(
        "half-open", "no answer, nothing closed, for 4 s", _half_open, heals=NEW_PROCESS, sees=(RECOVERING,), long=True
    ),
)
CRASH = (
    Case(
        "live view",
        "SIGSEGV to the camera process",
        _crash,
        heals="ladder rung 4: a new camera process takes over",
        sees=(RECOVERING,),
        produced=Produced.PROCESS,
    ),
    Case(
        "capture",
        "SIGSEGV during an exposure",
        _crash_in_a_capture,
        heals="ladder rung 4; the photo is fetched from the card",
        sees=(RECOVERING,),
        captures="failed with its reason; in the end, the photo is in the index",
        produced=Produced.PROCESS,
    ),
)
IN_RAM = (
    Case(
        "killed",
        "SIGKILL to the camera process during an exposure",
        _killed_with_a_photo_in_ram,
        heals="ladder rung 4; the RAM mode may lose one photo by design",
        sees=(RECOVERING,),
        captures="failed with its reason; that photo may be lost",
        setup=Setup.RAM,
        produced=Produced.PROCESS,
    ),
)
