"""Faults of live view: what the camera sends instead of a picture, and when it sends none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.faults.row import WELL, Case
from tests.support.status_pattern import StatusPattern

if TYPE_CHECKING:
    from tests.contract.faults.harness import FaultHarness

HOT = StatusPattern(camera="blocked", reason="too hot")
NEW_PROCESS = "ladder rung 4: the camera process is replaced"
RETRIED = "ladder rung 0: retried"
RESTARTED = "ladder rung 1: live view restarts"
PAUSED, RUNNING = StatusPattern(live="paused"), StatusPattern(live="running")
RECOVERING = StatusPattern(live="recovering", reason="no valid frame")


async def _not_ready_for_a_moment(harness: FaultHarness) -> None:
    harness.fault("viewfinder_not_ready", seconds=2.0)
    await harness.spent("viewfinder_not_ready")


async def _not_ready_for_long(harness: FaultHarness) -> None:
    harness.fault("viewfinder_not_ready", seconds=7.0)
    await harness.spent("viewfinder_not_ready")


async def _few_empty(harness: FaultHarness) -> None:
    harness.fault("empty_frame", times=3)
    await harness.spent("empty_frame")
    assert len(harness.journal("empty_frame")) == 3


async def _many_empty(harness: FaultHarness) -> None:
    harness.fault("empty_frame", times=8)
    await harness.spent("empty_frame")


async def _many_cut(harness: FaultHarness) -> None:
    harness.fault("truncated_frame", times=8)
    await harness.spent("truncated_frame")


async def _padded_frames(harness: FaultHarness) -> None:
    harness.fault("padded_frame", amount=70_000, times=40)
    await harness.spent("padded_frame")
    assert not any(snapshot.live.state == "recovering" for snapshot in harness.witness.snapshots)


async def _padded_photos(harness: FaultHarness) -> None:
    harness.fault("padded_photo", amount=2, times=1)
    await harness.take()
    harness.fault("padded_photo", amount=70_000, times=1)
    await harness.take()
    harness.end()
    sizes = [entry["size_bytes"] for entry in harness.journal("added")]
    kept = {path.stat().st_size for path in harness.whole.photo_root.rglob("*.jpg")}
    assert set(sizes) <= kept, "the bytes of a photo are kept as they are"


async def _endless(harness: FaultHarness) -> None:
    pid = harness.whole.camera_process_pid
    # A little while: the next camera process must not fall into it as well.
    harness.fault("endless_frame", seconds=0.5)
    await harness.witness.until(StatusPattern(camera="recovering"))
    await harness.witness.until_last(WELL)
    assert harness.whole.camera_process_pid != pid


async def _zeros_behind(harness: FaultHarness) -> None:
    pid = harness.whole.camera_process_pid
    harness.fault("zero_record", seconds=0.5)
    await harness.witness.until(StatusPattern(camera="recovering"))
    await harness.witness.until_last(WELL)
    assert harness.whole.camera_process_pid != pid


async def _few_vast(harness: FaultHarness) -> None:
    harness.fault("vast_frame", times=3)
    await harness.spent("vast_frame")
    assert len(harness.journal("vast_frame")) == 3


async def _many_vast(harness: FaultHarness) -> None:
    harness.fault("vast_frame", times=8)
    await harness.spent("vast_frame")


async def _stops_after_captures(harness: FaultHarness) -> None:
    harness.fault("frames_stop", start="capture", number=2)
    await harness.take()
    await harness.witness.until_reported(PAUSED, RUNNING)
    await harness.take()
    await harness.spent("frames_stop")


async def _too_hot(harness: FaultHarness) -> None:
    harness.fault("heat")
    await harness.witness.until(HOT)
    harness.end("heat")


NOT_READY = (
    Case("2 s", "0xA102 for 2 s", _not_ready_for_a_moment, heals="the library repeats the request"),
    Case(
        "7 s",
        "0xA102 for 7 s",
        _not_ready_for_long,
        heals=RESTARTED,
        sees=(StatusPattern(live="recovering"),),
        long=True,
    ),
)
EMPTY = (
    Case("3 frames", "success without data, three times", _few_empty, heals=RETRIED),
    Case("8 frames", "success without data, eight times", _many_empty, heals=RESTARTED, sees=(RECOVERING,)),
    Case("8 cut", "truncated JPEGs, eight times", _many_cut, heals=RESTARTED, sees=(RECOVERING,)),
    Case("3 vast", "JPEGs that claim to have 65500 x 65500 pixels, three times", _few_vast, heals=RETRIED),
    Case(
        "8 vast",
        "JPEGs that claim to have 65500 x 65500 pixels, eight times",
        _many_vast,
        heals=RESTARTED,
        sees=(RECOVERING,),
    ),
)
PADDED = (
    Case(
        "40 frames",
        "70,000 zeros after the end of each frame",
        _padded_frames,
        heals="cut at the end of the JPEG and shown",
    ),
    Case(
        "2 photos",
        "2 and 70,000 bytes after the end of a photo's JPEG",
        _padded_photos,
        heals="saved as it is: the size matches the camera's, and it contains a complete JPEG",
        captures="saved",
    ),
)
ENDLESS = (
    Case(
        "endless",
        "a record of length 0, on which the library loops forever",
        _endless,
        long=True,
        heals=NEW_PROCESS,
        sees=(StatusPattern(camera="recovering", reason="hung"),),
    ),
    Case(
        "zeros behind",
        "a frame followed by a record of zeros, on which the library loops forever",
        _zeros_behind,
        long=True,
        heals=NEW_PROCESS,
        sees=(StatusPattern(camera="recovering", reason="hung"),),
    ),
)
STOPS = (
    Case(
        "after two captures",
        "frames stop with the second capture, until the viewfinder is switched off and on",
        _stops_after_captures,
        heals=RESTARTED,
        sees=(PAUSED, RUNNING, PAUSED, StatusPattern(live="recovering")),
        captures="saved",
        long=True,
    ),
)
HEAT = (
    Case(
        "heat",
        "live view stops, and is refused",
        _too_hot,
        heals="the service waits until it has cooled down",
        sees=(HOT,),
        long=True,
    ),
)
