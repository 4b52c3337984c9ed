"""Cameras that write their own text, lack an operation, or answer slowly: no faults, and never told as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.faults.row import Case
from tests.support.status_pattern import StatusPattern

from photonic.diagnosis.finding import Check, Outcome
from photonic.diagnosis.running import inspect_service, judge_service

if TYPE_CHECKING:
    from tests.contract.faults.stage import Stage

KEEP_DEVICE_ON = 0x911D
NO_LIVE_VIEW = StatusPattern(camera="ready", live="unsupported", reason="no live view over this connection")
READY = StatusPattern(camera="ready")
GOES_ON = "no recovery needed: everything continues"


async def _umlaut(stage: Stage) -> None:
    stage.fault("latin1_text")
    before = stage.whole.camera_process_pid
    await stage.take()
    settings = {entry.name.rpartition("/")[2]: entry.value for entry in await stage.client.settings.read()}
    assert settings["artist"] == "J\ufffdrg M\ufffdller"
    assert stage.whole.camera_process_pid == before
    stage.end("latin1_text")


async def _file(stage: Stage) -> None:
    stage.fault("latin1_file")
    await stage.until(lambda: bool(stage.journal("added")))
    # A computer tells nobody: the next capture's account, or the next opening, finds the file.
    await stage.client.disconnect()
    await stage.client.connect()
    name = stage.journal("exposed")[0]["files"][0]
    await stage.until(lambda: name in {entry["name"] for entry in stage.journal("fetched")})
    stage.end("latin1_file")


async def _no_keep_alive(stage: Stage) -> None:
    stage.fault("unsupported", amount=KEEP_DEVICE_ON)
    await stage.until(lambda: bool(stage.journal("unsupported")))
    await stage.take()
    await stage.until(lambda: len(stage.journal("unsupported")) > 1)
    await stage.take()
    assert not stage.journal("session_ended")
    stage.end("unsupported")


async def _no_viewfinder(stage: Stage) -> None:
    stage.fault("no_viewfinder")
    await stage.witness.until(NO_LIVE_VIEW)
    await stage.take()
    await stage.witness.until_last(NO_LIVE_VIEW)
    assert not stage.journal("session_ended")
    findings = {finding.check: finding for finding in judge_service(await inspect_service(stage.whole.url, None))}
    assert findings[Check.CAMERA].outcome is Outcome.OK
    assert findings[Check.LIVE_VIEW].outcome is Outcome.WARNING
    assert "no live view over this connection" in findings[Check.LIVE_VIEW].what
    stage.end("no_viewfinder")
    await stage.client.disconnect()
    await stage.client.connect()


async def _slow_settings(stage: Stage) -> None:
    stage.fault("slow_settings", amount=0.3, times=40)
    await stage.take()
    await stage.spent("slow_settings")


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
