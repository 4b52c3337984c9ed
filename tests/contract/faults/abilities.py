"""Cameras that write their own text, lack an operation, or answer slowly: no faults, and never told as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.faults.row import Case
from tests.support.status_pattern import StatusPattern

from photonic.diagnosis.finding import Check, Outcome
from photonic.diagnosis.running import inspect_service, judge_service

if TYPE_CHECKING:
    from tests.contract.faults.harness import FaultHarness

KEEP_DEVICE_ON = 0x911D
NO_LIVE_VIEW = StatusPattern(camera="ready", live="unsupported", reason="no live view over this connection")
READY = StatusPattern(camera="ready")
GOES_ON = "no recovery needed: everything continues"


async def _umlaut(harness: FaultHarness) -> None:
    harness.fault("latin1_text")
    before = harness.whole.camera_process_pid
    await harness.take()
    settings = {entry.name.rpartition("/")[2]: entry.value for entry in await harness.client.settings.read()}
    assert settings["artist"] == "J\ufffdrg M\ufffdller"
    assert harness.whole.camera_process_pid == before
    harness.end("latin1_text")


async def _file(harness: FaultHarness) -> None:
    harness.fault("latin1_file")
    await harness.until(lambda: bool(harness.journal("added")))
    # A computer tells nobody: the next capture's account, or the next opening, finds the file.
    await harness.client.disconnect()
    await harness.client.connect()
    name = harness.journal("exposed")[0]["files"][0]
    await harness.until(lambda: name in {entry["name"] for entry in harness.journal("fetched")})
    harness.end("latin1_file")


async def _no_keep_alive(harness: FaultHarness) -> None:
    harness.fault("unsupported", amount=KEEP_DEVICE_ON)
    await harness.until(lambda: bool(harness.journal("unsupported")))
    await harness.take()
    await harness.until(lambda: len(harness.journal("unsupported")) > 1)
    await harness.take()
    assert not harness.journal("session_ended")
    harness.end("unsupported")


async def _no_viewfinder(harness: FaultHarness) -> None:
    harness.fault("no_viewfinder")
    await harness.witness.until(NO_LIVE_VIEW)
    await harness.take()
    await harness.witness.until_last(NO_LIVE_VIEW)
    assert not harness.journal("session_ended")
    findings = {finding.check: finding for finding in judge_service(await inspect_service(harness.whole.url, None))}
    assert findings[Check.CAMERA].outcome is Outcome.OK
    assert findings[Check.LIVE_VIEW].outcome is Outcome.WARNING
    assert "no live view over this connection" in findings[Check.LIVE_VIEW].what
    harness.end("no_viewfinder")
    await harness.client.disconnect()
    await harness.client.connect()


async def _slow_settings(harness: FaultHarness) -> None:
    harness.fault("slow_settings", amount=0.3, times=40)
    await harness.take()
    await harness.spent("slow_settings")


TEXT = (
    Case(
        "photographer",
        "owner, artist and copyright in Latin-1",
        _umlaut,
        heals=GOES_ON,
        captures="taken; unreadable bytes are shown as U+FFFD, and written back byte for byte",
    ),
    Case(
        "file name",
        r"`\xdcBER0001.JPG` on the card",
        _file,
        heals=GOES_ON,
        captures="the file is fetched under a safe name",
    ),
)
UNSUPPORTED = (
    Case(
        "keep-alive",
        "0x2005 to KeepDeviceOn (0x911D), which the body lists",
        _no_keep_alive,
        heals="capture is prepared again every 10 s",
        captures="taken",
        long=True,
    ),
    Case(
        "live view",
        "0x2005 to the viewfinder's operations",
        _no_viewfinder,
        heals="stable; checked again the next time the camera is opened",
        sees=(NO_LIVE_VIEW,),
        captures="taken",
    ),
)
SLOW = (
    Case(
        "0.3 s",
        "0.3 s for each answer about settings, forty times",
        _slow_settings,
        heals=GOES_ON,
        captures="taken",
        long=True,
    ),
)
