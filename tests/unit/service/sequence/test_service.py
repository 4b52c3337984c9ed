"""Sequences with a fake camera process: acceptance, execution, reports, cancellation, resumption."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.sequence_requests import begin, end, lapse, request

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.machine.timekeeping import Anchor, Timekeeping
from photonic.model.api import CaptureRequest
from photonic.model.requester import Requester
from photonic.model.status import CapturePhase, SequencePhase
from photonic.service.sequence import service as service_module
from photonic.worker.link.setting_messages import SettingEntry

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import ControllerHarnesses

    from photonic.model.sequence import SequenceRecord, SequenceRequest


def hold(process: FakeCameraProcess) -> None:
    process.release.clear()


async def test_a_burst_is_captures_one_after_the_other(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        record = await begin(harness, request(sequence_number=7))
        report = await end(harness, record.id)
        assert (report.phase, report.saved, report.failed, report.missed) == (SequencePhase.DONE, 3, 0, 0)
        assert [frame.number for frame in report.frames] == [1, 2, 3]
        captures = [await harness.controller.capture(frame.capture_id or "") for frame in report.frames]
        assert [capture.sequence_number for capture in captures if capture is not None] == [7, 8, 9]
        for frame, capture in zip(report.frames, captures, strict=True):
            assert capture is not None
            assert (capture.kind, capture.sequence_id, capture.phase) == ("burst", record.id, CapturePhase.SAVED)
            assert frame.paths == tuple(file.path for file in capture.files)
        assert report.next_first is None
        assert harness.controller.snapshot().sequence is None


async def test_the_snapshot_shows_the_sequence_and_its_capture(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        record = await begin(harness, request())
        await harness.process.exposing.wait()
        snapshot = harness.controller.snapshot()
        assert snapshot.sequence is not None
        assert (snapshot.sequence.id, snapshot.sequence.phase) == (record.id, SequencePhase.SHOOTING)
        assert (snapshot.sequence.total, snapshot.sequence.saved) == (3, 0)
        assert [capture.kind for capture in snapshot.captures] == ["burst"]
        report = await harness.controller.sequences.report(record.id)
        assert [frame.phase for frame in report.frames] == [CapturePhase.EXPOSING]
        harness.process.release.set()
        await end(harness, record.id)


async def test_the_frames_are_of_who_asked_for_the_sequence_also_after_a_restart(
    harnesses: ControllerHarnesses,
) -> None:
    one, two = (Requester(f"session:{name}", is_guest=True) for name in ("one", "two"))
    async with harnesses.running() as harness:
        await harness.until_ready()
        sequences = harness.controller.sequences
        record, new = await sequences.submit(lapse(interval_seconds=1.0, count=4), "key", one)
        assert (record.owner, new) == (one.owner, True)
        assert (await sequences.submit(lapse(interval_seconds=1.0, count=4), "key", one))[0].id == record.id
        with pytest.raises(CaptureError, match="is running"):
            await sequences.submit(lapse(interval_seconds=1.0, count=4), "key", two)
        await harness.until(lambda: (sequences.running or record).saved == 1)
    async with harnesses.running(prepare=hold) as harness:
        sequences = harness.controller.sequences
        await harness.until(lambda: sequences.running is not None)
        harness.process.release.set()
        report = await end(harness, record.id)
        assert (report.owner, report.saved + report.missed + report.failed) == (one.owner, 4)
        assert (await sequences.submit(lapse(interval_seconds=1.0, count=4), "key", one))[1] is False
        other, new = await sequences.submit(request(), "key", two)
        assert new
        await end(harness, other.id)
        captures = (await harness.controller.captures_page(None, 50)).captures
        assert {capture.owner for capture in captures if capture.sequence_id == record.id} == {one.owner}
        assert {capture.owner for capture in captures if capture.sequence_id == other.id} == {two.owner}
        pages = [await sequences.page(None, 10, requester.owner) for requester in (one, two)]
        assert [[each.id for each in page.sequences] for page in pages] == [[record.id], [other.id]]
        with pytest.raises(BadInput, match="unknown cursor"):
            await sequences.page(record.id, 10, two.owner)


async def test_a_single_capture_goes_between_two_frames(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        record = await begin(harness, request())
        await harness.process.exposing.wait()
        job = await harness.controller.submit(CaptureRequest(session_id="other", sequence_number=1), None)
        harness.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED
        assert (await end(harness, record.id)).saved == 3
        assert harness.process.captures[1] == f"capture {job.id}"


async def test_a_second_sequence_is_refused_and_names_the_first(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        record = await begin(harness, request())
        with pytest.raises(CaptureError, match=record.id) as refused:
            await begin(harness, lapse())
        assert refused.value.kind is FailureKind.CAMERA_BUSY
        harness.process.release.set()
        assert (await end(harness, record.id)).saved == 3
        assert (await harness.controller.sequences.page(None, 10)).sequences[0].id == record.id


async def test_a_repeated_key_returns_the_same_sequence_even_after_a_restart(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        record, new = await harness.controller.sequences.submit(request(), "key")
        assert new
        again, new = await harness.controller.sequences.submit(request(), "key")
        assert (again.id, new) == (record.id, False)
        with pytest.raises(BadInput) as refused:
            await begin(harness, request(count=4), "key")
        assert refused.value.field == "Idempotency-Key"
        await end(harness, record.id)
    async with harnesses.running() as harness:
        await harness.until_ready()
        again, new = await harness.controller.sequences.submit(request(), "key")
        assert (again.id, again.phase, again.saved, new) == (record.id, SequencePhase.DONE, 3, False)
        assert len(harness.process.captures) == 0


@pytest.mark.parametrize("wanted", [request("burst", count=None), lapse(interval_seconds=None), lapse(count=None)])
async def test_an_impossible_request_leaves_no_trace(harnesses: ControllerHarnesses, wanted: SequenceRequest) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with pytest.raises(BadInput):
            await begin(harness, wanted, "key")
        with pytest.raises(BadInput, match="output_directory"):
            await begin(harness, request(output_directory="/etc"))
        assert (await harness.controller.sequences.page(None, 10)).sequences == ()
        await begin(harness, request(), "key")


async def test_an_interval_shorter_than_a_capture_is_refused_unless_misses_are_allowed(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(CaptureRequest(session_id="slow", sequence_number=1), None)
        await harness.process.exposing.wait()
        await asyncio.sleep(0.15)
        harness.process.release.set()
        await job.ended()
        with pytest.raises(BadInput, match="fastest recent photo") as refused:
            await begin(harness, lapse(interval_seconds=0.1))
        assert refused.value.field == "interval_seconds"
        record = await begin(harness, lapse(interval_seconds=0.1, allow_misses=True))
        assert record.warning is not None
        assert "will be missed" in record.warning


async def test_an_absent_camera_is_reported_at_once(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_ABSENT, "plug it in")
        with pytest.raises(CaptureError, match="plug it in"):
            await begin(harness, request())


async def test_a_sequence_survives_a_camera_that_goes_down(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        record = await begin(harness, request())
        await harness.process.exposing.wait()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        harness.process.release.set()
        harness.process.come_back()
        report = await end(harness, record.id)
        assert [frame.phase for frame in report.frames] == ["failed", "saved", "saved"]
        assert (report.phase, report.frames[0].error) == (SequencePhase.DONE, "it hung")


async def test_cancel_saves_what_is_exposed_and_takes_no_more(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        record = await begin(harness, request())
        await harness.process.exposing.wait()
        cancelling = asyncio.create_task(harness.controller.sequences.cancel(record.id))
        await harness.until(lambda: (harness.controller.sequences.running or record).phase is SequencePhase.STOPPING)
        harness.process.release.set()
        await cancelling
        report = await end(harness, record.id)
        assert (report.phase, report.saved, len(report.frames)) == (SequencePhase.CANCELLED, 1, 1)
        assert (await harness.controller.sequences.cancel(record.id)).phase is SequencePhase.CANCELLED
        with pytest.raises(CaptureError) as unknown:
            await harness.controller.sequences.cancel("nobody")
        assert unknown.value.kind is FailureKind.NOT_FOUND
        done = await begin(harness, request(count=1))
        await end(harness, done.id)
        with pytest.raises(CaptureError, match=r"ended \(done\)"):
            await harness.controller.sequences.cancel(done.id)


async def test_cancel_also_cancels_a_frame_that_waits_for_the_camera(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        record = await begin(harness, request())
        await harness.until(lambda: bool(harness.controller.snapshot().captures))
        await harness.controller.sequences.cancel(record.id)
        report = await end(harness, record.id)
        assert (report.phase, [frame.error_type for frame in report.frames]) == (SequencePhase.CANCELLED, ["cancelled"])
        assert harness.process.captures == []


async def test_a_time_lapse_continues_at_its_ticks_after_a_restart_and_a_burst_does_not(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        record = await begin(harness, lapse(interval_seconds=1.0, count=4))
        await harness.until(lambda: (harness.controller.sequences.running or record).saved == 1)
    async with harnesses.running(prepare=hold) as harness:
        resumed = harness.controller.sequences
        await harness.until(lambda: resumed.running is not None)
        harness.process.release.set()
        report = await end(harness, record.id)
        assert (report.phase, report.saved + report.missed) == (SequencePhase.DONE, 4)
        assert [frame.number for frame in report.frames] + [
            number for gap in report.gaps for number in range(gap.first, gap.last + 1)
        ] == [1, 2, 3, 4]
        assert all(frame.late_ms <= 100 for frame in report.frames)
        burst = await begin(harness, request(count=1000))
        await harness.until(lambda: (resumed.running or burst).saved >= 1)
    async with harnesses.running() as harness:
        await harness.until_ready()
        report = await harness.controller.sequences.report(burst.id)
        assert (report.phase, report.error_type) == (SequencePhase.FAILED, "shutting_down")
        assert report.saved == sum(frame.phase is CapturePhase.SAVED for frame in report.frames) >= 1


async def test_a_sequence_that_was_cancelled_before_a_crash_does_not_continue(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        record = await begin(harness, lapse(interval_seconds=60.0, count=100))
        await harness.until(lambda: (harness.controller.sequences.running or record).saved == 1)
    path = harnesses.photo_root / ".photonic" / "captures.sqlite3"
    stopping = record.model_copy(update={"phase": SequencePhase.STOPPING})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE sequences SET record = ?, phase = 'stopping'", (stopping.model_dump_json(),))
    connection.close()
    async with harnesses.running() as harness:
        await harness.until_ready()
        report = await harness.controller.sequences.report(record.id)
        assert (report.phase, report.saved) == (SequencePhase.CANCELLED, 1)
        assert harness.controller.sequences.running is None


async def test_sequences_are_listed_newest_first_and_frames_in_pages(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        ids: list[str] = []
        for count in (3, 1, 2):
            ids.append((await begin(harness, request(count=count))).id)
            await end(harness, ids[-1])
        sequences = harness.controller.sequences
        first = await sequences.page(None, 2)
        assert [record.id for record in first.sequences] == [ids[2], ids[1]]
        rest = await sequences.page(first.next_cursor, 2)
        assert ([record.id for record in rest.sequences], rest.next_cursor) == ([ids[0]], None)
        with pytest.raises(BadInput) as refused:
            await sequences.page("nobody", 2)
        assert refused.value.field == "cursor"
        stretch = await sequences.report(ids[0], 2, 1)
        assert ([frame.number for frame in stretch.frames], stretch.next_first) == ([2], 3)
        with pytest.raises(CaptureError):
            await sequences.report("nobody")


async def test_a_bracket_has_each_frame_taken_with_its_own_settings_and_no_other_capture(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        values = ("1/250", "1/60", "1/15")
        entry = SettingEntry(
            name="shutter", path="/main/shutter", label="Shutter", kind="choice", value="1/60", choices=values
        )
        harness.process.settings = (entry,)
        report = await end(harness, (await begin(harness, request("bracket", stops=[-2, 0, 2]))).id)
        assert [frame.settings for frame in report.frames] == [{"shutter": value} for value in values]
        assert harness.process.shot_with == [{"shutter": value} for value in values]
        await (await harness.controller.submit(CaptureRequest(session_id="other", sequence_number=1), None)).ended()
        assert harness.process.shot_with[-1] == {}
        with pytest.raises(BadInput) as refused:
            await begin(harness, request("bracket", stops=[4]))
        assert (refused.value.field, refused.value.choices) == ("stops", ("1/15", "1/60", "1/250"))


def test_an_anchor_follows_the_monotonic_clock_and_after_a_reboot_the_time_of_day() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    before = Timekeeping(lambda: 100.0, lambda: noon, "boot-1")
    anchor = before.anchor(noon + timedelta(seconds=30))
    assert anchor == Anchor(130_000_000, "boot-1")
    # The time of day was set back by an hour meanwhile: the ticks do not move.
    set_back = Timekeeping(lambda: 110.0, lambda: noon - timedelta(hours=1), "boot-1")
    assert anchor.on(set_back, noon + timedelta(seconds=30)) == anchor
    started_anew = Timekeeping(lambda: 5.0, lambda: noon + timedelta(seconds=60), "boot-2")
    assert anchor.on(started_anew, noon + timedelta(seconds=30)) == Anchor(-25_000_000, "boot-2")
    nameless = Timekeeping(lambda: 5.0, lambda: noon, "")
    assert Anchor(7, "").on(nameless, noon) == Anchor(5_000_000, "")


def lens(name: str, path: str, value: str) -> SettingEntry:
    return SettingEntry(name=name, path=path, label=name, kind="choice", value=value, choices=(value,))


DRIVE = lens("/main/actions/manualfocusdrive", "/main/actions/manualfocusdrive", "None")


@pytest.mark.parametrize(
    ("settings", "kind"),
    [((), FailureKind.NOT_SUPPORTED), ((DRIVE, lens("focus_mode", "/main/a/focusmode", "Manual")), None)],
)
async def test_a_stack_is_refused_where_the_lens_cannot_be_driven(
    harnesses: ControllerHarnesses, settings: tuple[SettingEntry, ...], kind: FailureKind | None
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.settings = settings
        with pytest.raises((CaptureError, BadInput)) as refused:
            await begin(harness, request("focus_stack", focus_end=3))
        assert getattr(refused.value, "kind", None) is kind
        assert harness.process.captures == []


async def test_a_stack_releases_without_autofocus_and_watches_live_view_meanwhile(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.settings = (DRIVE,)
        record = await begin(harness, request("focus_stack", focus_end=2, count=2))
        await harness.until(lambda: bool(harness.process.manners))
        assert harness.controller.snapshot().live.viewers == 1
        assert record.focus_steps == (0, 2)
        assert not harness.process.manners[0].autofocus
        await harness.controller.sequences.cancel(record.id)
        await end(harness, record.id)
        assert harness.controller.snapshot().live.viewers == 0


@pytest.mark.parametrize("kind", ["burst", "interval"])
async def test_an_end_that_the_disk_refused_is_recorded_once_it_does_not(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(service_module, "REOPEN_SECONDS", 0.01)
    wanted = request("burst") if kind == "burst" else lapse()
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        sequences = harness.controller.sequences
        record = await begin(harness, wanted, "key")
        update = sequences._journal.update

        async def refused(_record: SequenceRecord) -> None:
            raise StorageError("the disk is full")

        monkeypatch.setattr(sequences._journal, "update", refused)
        harness.process.release.set()
        report = await end(harness, record.id)
        # Before the disk has room, too, everybody is told that it has ended.
        assert (report.phase, report.saved) == (SequencePhase.DONE, 3 if kind == "burst" else 4)
        assert report.ended_at is not None
        assert (await sequences.submit(wanted, "key"))[0].phase is SequencePhase.DONE
        assert [each.phase for each in (await sequences.page(None, 10)).sequences] == [SequencePhase.DONE]
        with pytest.raises(CaptureError, match="already ended"):
            await sequences.cancel(record.id)
        assert len(await sequences._journal.unfinished()) == 1
        monkeypatch.setattr(sequences._journal, "update", update)
        await harness.until(lambda: not sequences._unrecorded)
        assert await sequences._journal.unfinished() == []
        assert (await sequences.report(record.id)).ended_at == report.ended_at
        harness.process.captures.clear()
    async with harnesses.running() as harness:
        await harness.until_ready()
        report = await harness.controller.sequences.report(record.id)
        assert (report.phase, harness.controller.sequences.running) == (SequencePhase.DONE, None)


async def test_a_sequence_begins_although_the_end_of_the_one_before_is_not_recorded(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "REOPEN_SECONDS", 0.01)
    async with harnesses.running() as harness:
        await harness.until_ready()
        sequences = harness.controller.sequences
        first_id, update = "", sequences._journal.update

        async def refused(record: SequenceRecord) -> None:
            if record.id == first_id:
                raise StorageError("the disk is full")
            await update(record)

        monkeypatch.setattr(sequences._journal, "update", refused)
        first_id = (await begin(harness, request())).id
        await end(harness, first_id)
        second = await begin(harness, request(session_id="other"))
        assert (await end(harness, second.id)).phase is SequencePhase.DONE
        assert [row.record.id for row in await sequences._journal.unfinished()] == [first_id]
        first_id = ""
        await harness.until(lambda: not sequences._unrecorded)
        assert await sequences._journal.unfinished() == []
