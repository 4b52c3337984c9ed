"""Faults of a capture: refusals, focus, late and shuffled words of the camera, full stores."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING

from tests.contract.faults.row import Case, Produced, Setup
from tests.support.status_pattern import StatusPattern

from photonic.errors import FailureKind
from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.properties import CONTINUOUS

if TYPE_CHECKING:
    from tests.contract.faults.harness import FaultHarness

SINGLE = 0
PAUSED = StatusPattern(live="paused")
CAPTURING = (StatusPattern(camera="capturing", live="paused"),)
SMALLEST_FILE_BYTES = 64 * 1024


async def _busy_on_the_second(harness: FaultHarness) -> None:
    harness.fault("busy_shot", start="capture", number=2, times=2)
    await harness.take()
    await harness.take()
    await harness.spent("busy_shot")
    assert len(harness.journal("press_refused")) == 2
    assert len(harness.journal("exposed")) == 2


async def _no_focus(harness: FaultHarness) -> None:
    harness.fault("autofocus_failure", times=1)
    await harness.refused(FailureKind.AUTOFOCUS_FAILED)
    harness.end()
    assert not harness.journal("exposed")
    await harness.take()


async def _forced(harness: FaultHarness) -> None:
    harness.fault("autofocus_failure", times=1)
    answer = await harness.take(without_autofocus=True)
    harness.end()
    assert (answer.forced_capture, answer.attempts) == (True, 2)
    assert answer.warning
    assert len(harness.journal("exposed")) == 1


async def _slow_focus(harness: FaultHarness) -> None:
    harness.fault("slow_autofocus", amount=2.0, times=1)
    await harness.take()
    harness.end()


async def _late_events(harness: FaultHarness) -> None:
    harness.fault("late_events", amount=2.0, times=1)
    await harness.take()
    harness.end()
    await harness.take()


async def _shuffled_events(harness: FaultHarness) -> None:
    harness.fault("shuffled_events", times=2)
    await asyncio.gather(harness.take(), harness.take())
    harness.end()


async def _refused_for_its_card(harness: FaultHarness, fault: str, kind: FailureKind) -> None:
    harness.fault(fault)
    await harness.refused(kind)
    # Not retried: nothing was exposed, and the answer is the same the second time.
    await harness.refused(kind)
    assert not harness.journal("exposed")
    harness.end(fault)
    await harness.take_in_the_end()


async def _card_full(harness: FaultHarness) -> None:
    await _refused_for_its_card(harness, "card_full", FailureKind.CAMERA_STORAGE_FULL)


async def _card_missing(harness: FaultHarness) -> None:
    await _refused_for_its_card(harness, "card_missing", FailureKind.NO_CARD)


async def _card_locked(harness: FaultHarness) -> None:
    await _refused_for_its_card(harness, "card_read_only", FailureKind.NO_CARD)


async def _disk_full(harness: FaultHarness) -> None:
    # A limit on file size does to the library's writes what a full disk does, and needs no disk: they fail.
    pid = harness.whole.camera_process_pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    harness.begin()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALLEST_FILE_BYTES, before[1]))
    await harness.refused(FailureKind.HOST_STORAGE_FULL, FailureKind.HOST_STORAGE_UNUSABLE)
    assert len(harness.journal("exposed")) == 1
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    harness.end()
    # The one that did not fit is fetched later: no photo is missing in the end.
    await harness.take()


async def _button_in_live_view(harness: FaultHarness) -> None:
    harness.begin()
    harness.control.press()
    await harness.until(lambda: len(harness.journal("exposed")) == 1)
    harness.end()


async def _button_in_a_capture(harness: FaultHarness) -> None:
    harness.fault("button", start="capture", number=1, amount=0.4)
    await harness.take()
    await harness.spent("button")


async def _button_in_the_trigger(harness: FaultHarness) -> None:
    harness.fault("button", start="capture")
    await harness.take()
    await harness.spent("button")
    assert {entry["source"] for entry in harness.journal("exposed")} == {"button", "client"}


async def _untold_end(harness: FaultHarness) -> None:
    harness.fault("untold_end", times=1)
    await harness.take()
    await harness.spent("untold_end")
    await harness.take()
    await harness.take()
    assert not harness.journal("session_ended")


async def _late_twin(harness: FaultHarness) -> None:
    harness.fault("late_twin", amount=2.0, times=1)
    await harness.take()
    harness.end()
    await harness.take()


async def _button_before_the_late_twin(harness: FaultHarness) -> None:
    harness.fault("late_twin", start="capture", amount=10.0, times=1)
    answer = await harness.take()
    assert "arrived within" in (answer.warning or "")
    harness.control.press()
    await harness.until(lambda: len(harness.journal("added")) == 4)
    harness.end()
    assert answer.capture_id is not None
    await harness.files_of(answer.capture_id, 2)


async def _two_cards(harness: FaultHarness) -> None:
    harness.begin()
    await harness.take()
    harness.fault("second_card_silent", times=1)
    await harness.take()
    await harness.spent("second_card_silent")
    assert len(harness.journal("added")) == 4


async def _continuous(harness: FaultHarness) -> None:
    harness.begin()
    harness.control.dial(P.DRIVE, CONTINUOUS)
    answer = await harness.take()
    harness.control.dial(P.DRIVE, SINGLE)
    harness.end()
    assert "photos with this release" in (answer.warning or "")
    assert len(harness.journal("exposed")) == 4


async def _many_in_ram(harness: FaultHarness) -> None:
    harness.begin()
    # More than fit the RAM, if they stayed there.
    for _number in range(10):
        await harness.take()
    harness.end()


async def _ram_full(harness: FaultHarness) -> None:
    harness.fault("ram_full")
    await harness.refused(FailureKind.CAMERA_BUSY, FailureKind.CAMERA_STORAGE_FULL)
    harness.end("ram_full")
    await harness.take_in_the_end()


async def _film(harness: FaultHarness) -> None:
    pid = harness.whole.camera_process_pid
    harness.fault("slow_transfer", amount=2)
    harness.control.fault("film", amount=1000)
    await harness.take()
    harness.end("slow_transfer")
    assert harness.whole.camera_process_pid == pid
    assert not any(snapshot.live.state == "recovering" for snapshot in harness.witness.snapshots)
    assert harness.witness.snapshots[-1].films_on_card >= 1


FILMS = (
    Case(
        "1 GB at 2 MB/s",
        "the body's red button: a film of 1 GB over a slow link, and a capture immediately",
        _film,
        heals="the film stays on the card, or is downloaded in pieces while the camera is idle; captures do not wait",
        sees=CAPTURING,
        captures="saved",
    ),
)
BUSY = (
    Case(
        "second shot",
        "0x2019 twice at the second shot",
        _busy_on_the_second,
        heals="pending objects are downloaded, then the release is repeated",
        sees=CAPTURING,
        captures="both saved",
        long=True,
    ),
)
FOCUS = (
    Case(
        "no focus",
        "the camera reports that it could not focus",
        _no_focus,
        heals="that capture fails immediately, and live view resumes",
        sees=(PAUSED,),
        captures="`autofocus_failed`; the next is saved",
    ),
    Case(
        "forced",
        "no focus, and a capture that may be retried without autofocus",
        _forced,
        heals="one more release, without autofocus",
        sees=(PAUSED,),
        captures="saved, with a warning",
    ),
    Case(
        "slow",
        "2 s until the lens has focused",
        _slow_focus,
        heals="the service waits",
        sees=(PAUSED,),
        captures="saved",
        long=True,
    ),
)
EVENTS = (
    Case(
        "late",
        "the photo is announced 2 s late",
        _late_events,
        heals="the service waits, up to the capture's deadline",
        sees=(PAUSED,),
        captures="saved",
    ),
    Case(
        "shuffled",
        "the camera announces events in a different order from that in which they happened",
        _shuffled_events,
        heals="files are identified by name, not by order",
        sees=(PAUSED,),
        captures="saved",
    ),
    Case(
        "end of the shot",
        "the end of a shot is not announced, and the library considers the camera busy from then on",
        _untold_end,
        heals="after 5 s, capture is prepared again, as the library requires",
        sees=CAPTURING,
        captures="saved",
        long=True,
    ),
)
CARD = (
    Case(
        "full",
        "no space on the card",
        _card_full,
        heals="refused before the shutter fires, until there is space",
        captures="`camera_storage_full`, then saved",
    ),
    Case(
        "none",
        "no card is inserted",
        _card_missing,
        heals="refused until a card is inserted",
        captures="`no_card`, then saved",
    ),
    Case(
        "read-only",
        "the card is locked",
        _card_locked,
        heals="refused until the card is writable",
        captures="`no_card`, then saved",
    ),
)
DISK = (
    Case(
        "download",
        "no file of the camera process can grow",
        _disk_full,
        heals="space is checked before the download; the photo stays on the card and is downloaded when there is space",
        sees=(PAUSED,),
        captures="`host_storage_full`; later, the photo is in the index",
        produced=Produced.PROCESS,
        long=True,
    ),
)
BUTTON = (
    Case(
        "live view",
        "the body's button during live view",
        _button_in_live_view,
        heals="its photo is fetched between frames",
        captures="the button's photo is recorded",
    ),
    Case(
        "capture",
        "the body's button during a capture",
        _button_in_a_capture,
        heals="its photo is fetched after the capture's own",
        sees=(PAUSED,),
        captures="saved; the button's photo is recorded too",
    ),
    Case(
        "trigger",
        "the body's button during the library's own release: the library discards its event",
        _button_in_the_trigger,
        heals="shots are counted; the camera is reopened when idle, and the card is compared with the index",
        sees=(PAUSED,),
        captures="saved; the button's photo is recorded too",
    ),
    Case(
        "late twin",
        "RAW+JPEG whose second file comes 2 s late",
        _late_twin,
        heals="the service waits for both: one still with two files",
        sees=(PAUSED,),
        captures="saved",
        setup=Setup.RAW,
        long=True,
    ),
    Case(
        "late twin, button",
        "RAW+JPEG whose second file comes 10 s late, and the body's button meanwhile",
        _button_before_the_late_twin,
        heals="files are paired by what they are: the button's photo is recorded as `body`",
        sees=(PAUSED,),
        captures="saved with a warning, and complete in the end; the button's photo is recorded too",
        setup=Setup.RAW,
        long=True,
    ),
)
RELEASES = (
    Case(
        "two cards",
        "each photo is on two cards, and the camera announces one or both",
        _two_cards,
        heals="the copy is recognised as the same photo",
        sees=(PAUSED,),
        captures="saved, each once",
        setup=Setup.TWO_CARDS,
        long=True,
    ),
    Case(
        "continuous",
        "continuous drive: one release, four photos",
        _continuous,
        heals="the service collects them until the camera says that the shot is over",
        sees=(PAUSED,),
        captures="saved; the other photos have their own records in its session",
    ),
)
RAM = (
    Case(
        "ten captures",
        "ten photos, of which eight fit",
        _many_in_ram,
        heals="each is downloaded and removed from the RAM",
        long=True,
        sees=(PAUSED,),
        captures="saved",
        setup=Setup.RAM,
    ),
    Case(
        "full",
        "no space in the RAM",
        _ram_full,
        heals="refused until there is space",
        captures="`camera_busy` or `camera_storage_full`, then saved",
        setup=Setup.RAM,
        long=True,
    ),
)
