"""Faults between the camera and its process: the wire, the bus, the process itself."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from tests.contract.faults.row import Case, Produced, Setup
from tests.support.status_pattern import StatusPattern

if TYPE_CHECKING:
    from tests.contract.faults.stage import Stage

RECOVERING = StatusPattern(camera="recovering")
ABSENT = StatusPattern(camera="absent")
NEW_PROCESS = "ladder rung 4: the camera process is replaced"
NEW_SESSION = f"{NEW_PROCESS}: over a network, a session cannot continue after a broken exchange"


async def _cut_in_a_frame(stage: Stage) -> None:
    stage.fault("cut_transfer", times=1)
    await stage.spent("cut_transfer")


async def _cut_in_a_photo(stage: Stage) -> None:
    # More than a frame has: it strikes the photo.
    stage.fault("cut_transfer", amount=100_000, times=1)
    await stage.take_in_the_end()
    await stage.spent("cut_transfer")


async def _silent(stage: Stage) -> None:
    pid = stage.whole.camera_process_pid
    stage.fault("mute")
    await stage.witness.until(RECOVERING)
    await stage.until(lambda: stage.whole.has_another_camera_process(pid))
    stage.end("mute")


async def _misnumbered(stage: Stage) -> None:
    # With a frame: the library shrugs a wrong number off in some of its other questions.
    stage.fault("wrong_transaction", start="frame", number=1, times=1)
    await stage.spent("wrong_transaction")


async def _drip(stage: Stage) -> None:
    pid = stage.whole.camera_process_pid
    stage.fault("drip")
    await stage.witness.until(RECOVERING)
    await stage.until(lambda: stage.whole.has_another_camera_process(pid))
    stage.end("drip")


async def _unplugged(stage: Stage) -> None:
    stage.fault("unplug")
    await stage.witness.until(ABSENT)
    stage.end("unplug")


async def _powered_off(stage: Stage) -> None:
    charge = stage.control.state()["battery_percent"]
    stage.begin()
    stage.control.battery(0)
    await stage.witness.until(ABSENT)
    stage.control.battery(charge)
    stage.end()


async def _unplugged_in_a_transfer(stage: Stage) -> None:
    capture = asyncio.create_task(stage.take_in_the_end())
    await stage.until(lambda: bool(stage.journal("added")))
    stage.fault("unplug")
    await stage.witness.until(ABSENT)
    stage.end("unplug")
    await capture


async def _asleep(stage: Stage) -> None:
    stage.fault("sleep")
    await stage.witness.until(ABSENT)
    # The button wakes it, and takes a photo: nobody is connected then.
    stage.control.press()
    await stage.spent("sleep")


async def _stranded(stage: Stage) -> None:
    stage.fault("stranded_data", times=1)
    await stage.spent("stranded_data")


async def _half_open(stage: Stage) -> None:
    stage.fault("half_open", seconds=4.0)
    await stage.spent("half_open")


async def _crash(stage: Stage) -> None:
    pid = stage.whole.camera_process_pid
    stage.begin()
    os.kill(pid, signal.SIGSEGV)
    await stage.witness.until(RECOVERING)


async def _crash_in_a_capture(stage: Stage) -> None:
    await stage.client.configure(shutter_speed_capture="4")
    capture = asyncio.create_task(stage.take_in_the_end())
    await stage.until(lambda: bool(stage.journal("pressed")))
    stage.begin()
    os.kill(stage.whole.camera_process_pid, signal.SIGSEGV)
    await capture
    await stage.client.configure(shutter_speed_capture="1/125")


async def _killed_with_a_photo_in_ram(stage: Stage) -> None:
    await stage.client.configure(shutter_speed_capture="4")
    capture = asyncio.create_task(stage.take_in_the_end())
    await stage.until(lambda: bool(stage.journal("pressed")))
    stage.begin()
    os.kill(stage.whole.camera_process_pid, signal.SIGKILL)
    await capture
    await stage.client.configure(shutter_speed_capture="1/125")
    # What the RAM mode declares, and nothing more: the one photo that was being exposed.
    assert len(stage.journal("lost")) <= 1


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
