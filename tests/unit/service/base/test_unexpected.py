"""No input from a camera, a file or a network ends the service: garbage to every place that handles it."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from types import UnionType
from typing import TYPE_CHECKING, Any, cast, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.support.asking import app_context_behind, asking
from tests.support.camera_process import FOLDER, JPEG, FakeCameraProcess
from tests.support.card_photos import looked_through, request
from tests.support.controllers import ControllerHarness, ControllerHarnesses
from tests.support.fake_controller import FakeController
from tests.support.printer import HOOKS, Printer, until_health
from tests.support.second_disks import with_second
from tests.support.vast import claiming

from photonic.errors import FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.service.base import unexpected as module
from photonic.service.base.unexpected import KNOWN_LIMIT, Unexpected, Where
from photonic.service.http.routes.health import figures
from photonic.service.server import _callbacks
from photonic.worker.link.card_messages import CardObject, LeftOnCard
from photonic.worker.link.codec import Decoder, message_record
from photonic.worker.link.messages import CaptureProgressed, Event, PreviewChanged, Staged
from photonic.worker.link.setting_messages import SettingEntry

if TYPE_CHECKING:
    from pathlib import Path


NOT_IN_THIS_TEST_SECONDS = 3600.0
"""Until a task that failed begins anew: what is survived within the task does not wait for that."""


# The place itself.


def raising(error: Exception) -> None:
    raise error


def test_a_failure_is_counted_logged_in_full_once_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    unexpected = Unexpected()
    for number in range(100):
        with unexpected.survived(Where.CARD):
            raising(KeyError(number))
    assert unexpected.failures[Where.CARD] == 100
    assert sum(unexpected.failures.values()) == 100
    full = [record for record in caplog.records if record.exc_info]
    assert len(full) == 1
    assert [record.getMessage() for record in caplog.records][1:] == [
        "unexpected failure in card, 10 times so far: KeyError: 9",
        "unexpected failure in card, 100 times so far: KeyError: 99",
    ]


def test_failures_of_another_kind_or_place_are_logged_too_and_the_kinds_are_bounded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    unexpected = Unexpected()
    for where in (Where.CARD, Where.TRASH):
        for error in (KeyError(), ValueError()):
            with unexpected.survived(where):
                raise error
    assert len(caplog.records) == 4
    for number in range(KNOWN_LIMIT + 10):
        unexpected.met(Where.CARD, type(f"Error{number}", (Exception,), {})())
    assert len(caplog.records) == KNOWN_LIMIT
    assert unexpected.failures[Where.CARD] == KNOWN_LIMIT + 12


async def test_of_a_group_the_failure_itself_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with Unexpected().survived(Where.CARD):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.to_thread(raising, KeyError("inside")))
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is KeyError


async def test_a_task_that_fails_begins_anew_and_one_that_ends_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    unexpected, runs = Unexpected(), 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs < 4:
            raising(KeyError(runs))

    await unexpected.kept(Where.DISK, run)
    assert (runs, unexpected.failures[Where.DISK]) == (4, 3)


async def test_cancellation_is_no_failure() -> None:
    unexpected = Unexpected()
    task = asyncio.create_task(unexpected.kept(Where.DISK, asyncio.Event().wait))  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert unexpected.failures[Where.DISK] == 0


async def test_a_task_that_fails_when_it_is_cancelled_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was started again, and the service waited for its end for ever."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    unexpected, runs = Unexpected(), 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:  # a group that fails is no cancellation
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.to_thread(raising, KeyError(runs)))
        if runs > 2:
            return
        try:
            await asyncio.Event().wait()
        finally:
            raising(ValueError("generator already executing"))

    task = asyncio.create_task(unexpected.kept(Where.DISK, run))
    while runs < 2:  # noqa: ASYNC110 - a turn
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(20):
        await asyncio.wait([task])
    assert task.cancelled()
    assert (runs, unexpected.failures[Where.DISK]) == (2, 2)


# Every task of a controller.


async def shot(harness: ControllerHarness, number: int) -> CapturePhase:
    return (await (await harness.controller.submit(request(number), None)).ended()).phase


def whole(harness: ControllerHarness) -> dict[Where, int]:
    """What failed, where something did."""
    return {where: count for where, count in harness.controller.unexpected.failures.items() if count}


async def test_every_task_of_a_station_fails_once_and_the_station_goes_on(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    failed: set[Where] = set()
    kept = Unexpected.kept

    async def failing_first(self: Unexpected, where: Where, run: Any) -> None:
        async def once() -> None:
            if where not in failed:
                failed.add(where)
                raise KeyError(where)
            await run()

        await kept(self, where, once)

    monkeypatch.setattr(Unexpected, "kept", failing_first)
    second = with_second(tmp_path / "second", monkeypatch)
    async with harnesses.running(delete_after_download=True, **second) as harness:
        await harness.until_ready()
        assert await shot(harness, 1) is CapturePhase.SAVED
        assert whole(harness) == dict.fromkeys(failed, 1)
    assert failed == {
        Where.CAMERA_PROCESS, Where.LIVE_VIEW, Where.FRAMES, Where.CAPTURES, Where.SEQUENCES, Where.UNASKED_PHOTOS,
        Where.CARD, Where.CARD_COPIES, Where.SECOND_COPIES, Where.DISK, Where.TRASH, Where.DELIVERIES, Where.INDEX,
        Where.INDEX_UPKEEP, Where.UNCLEAN_STOP, Where.VERIFICATION, Where.REPAIR,
    }  # fmt: skip


# What a camera sends.


async def test_a_frame_that_claims_to_be_vast_is_dropped_and_counted_and_others_are_shown(
    harnesses: ControllerHarnesses,
) -> None:
    """It ended the whole service where a viewer had asked for half its size."""
    async with harnesses.running() as harness:
        await harness.until_ready()
        with harness.controller.hub.join("picture") as viewer:
            await harness.until(lambda: harness.controller.hub.newest is not None)
            before = harness.controller.hub.sequence
            harness.process.give_frame(claiming(65500, 65500))
            assert (harness.controller.hub.sequence, harness.controller.hub.dropped) == (before, 1)
            harness.process.give_frame()
            assert (await viewer.next(20)).sequence == before + 1
        assert 'photonic_live_dropped_frames_total{camera="0123"} 1\n' in figures([harness.controller])


async def test_a_frame_that_fails_unexpectedly_is_counted_and_the_next_one_is_shown(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mad(*_arguments: object) -> None:
        raise KeyError("mad")

    async with harnesses.running() as harness:
        await harness.until_ready()
        hub = harness.controller.hub
        with hub.join("picture") as viewer:
            await harness.until(lambda: hub.newest is not None)
            before = hub.sequence
            with monkeypatch.context() as broken:
                broken.setattr(type(hub), "publish", mad)
                harness.process.give_frame()
            harness.process.give_frame()
            assert (await viewer.next(20)).sequence == before + 1
        assert whole(harness) == {Where.FRAMES: 1}


_HINTS = {event: get_type_hints(event) for event in get_args(Event)}


def _values(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, UnionType):
        return st.one_of(*map(_values, get_args(hint)))
    if get_args(hint) and getattr(hint, "__origin__", None) is tuple:
        inner = [part for part in get_args(hint) if part is not ...]
        return st.lists(_values(inner[0]), max_size=3) if ... in get_args(hint) else st.tuples(*map(_values, inner))
    if hint is int:
        return st.integers(-(2**63), 2**64 - 1) | st.integers(-2, 3)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.fixed_dictionaries({name: _values(one) for name, one in get_type_hints(hint).items()})
    if hint is str:
        return st.text(max_size=8) | st.sampled_from(
            [
                "running",
                "paused",
                "off",
                "card",
                "ram",
                "0123",
                "/main/iso",
                "IMG_0001.JPG",
                "exposing",
                "",
                "date",
                "choice",
            ]
        )
    found: st.SearchStrategy[Any] = st.from_type(cast("type[Any]", hint))
    return found


HASHES = st.sampled_from(["0" * 64, hashlib.sha256(JPEG).hexdigest()])


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that the link lets through, however mad."""
    kind = draw(st.sampled_from(list(_HINTS)))
    hints = {name: HASHES if name == "sha256" else _values(hint) for name, hint in _HINTS[kind].items()}
    fields = draw(st.fixed_dictionaries(hints))
    try:
        return msgspec.convert({"type": kind.__name__, **msgspec.to_builtins(fields)}, kind)
    except msgspec.ValidationError:
        return PreviewChanged(state="no state", rung=99)


@settings(max_examples=30, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events(), max_size=12))
@example([CaptureProgressed(capture_id="x", phase="no phase", remaining_seconds=1e6)])
@example([LeftOnCard(object=CardObject(folder="f", name="n.JPG", size_bytes=-5, taken_at=2**62))])
@example([Staged(capture_id=None, path="/etc/hostname", folder="f", name="h.JPG", size_bytes=1, sha256="0" * 64)])
def test_whatever_a_camera_process_says_the_station_lives_and_takes_photos_afterwards(
    tmp_path_factory: pytest.TempPathFactory, said: list[Event]
) -> None:
    def prepare(process: FakeCameraProcess) -> None:
        # One that is asked to open the camera anew does so at once.
        process.restart = lambda _reason: process.come_back()  # pyright: ignore[reportAttributeAccessIssue]

    async def play() -> None:
        async with ControllerHarnesses(tmp_path_factory.mktemp("root")).running(prepare=prepare) as harness:
            await harness.until_ready()
            for event in said:
                harness.process.listener.event(event)
                await asyncio.sleep(0)
            harness.process.go_down(FailureKind.CAMERA_FAULT, "the camera process is mad")
            harness.process.come_back()
            await harness.until_ready()
            assert await shot(harness, 1) is CapturePhase.SAVED

    asyncio.run(play())


async def test_a_file_outside_of_staging_is_no_photo_whatever_is_said(
    harnesses: ControllerHarnesses, tmp_path: Path
) -> None:
    """It would be moved into the photo root."""
    mine = tmp_path / "mine.jpg"
    mine.write_bytes(JPEG)
    async with harnesses.running() as harness:
        await looked_through(harness)
        for path in (str(mine), f"{harnesses.photo_root}/.photonic/staging/../../../mine.jpg", "", "mine.jpg"):
            digest = hashlib.sha256(JPEG).hexdigest()
            event = Staged(capture_id=None, path=path, folder=FOLDER, name="A.JPG", size_bytes=len(JPEG), sha256=digest)
            harness.process.listener.event(event)
        await harness.controller._photos.photo_importer.drained()
        assert await harness.photos() == ()
        assert harness.controller.unexpected.refusals[Where.CAMERA_EVENTS] == 4
    assert mine.read_bytes() == JPEG


@pytest.mark.parametrize("value", [2**62, -(2**62), 2**63 - 1])
async def test_a_photo_of_a_camera_whose_clock_is_in_no_calendar_is_brought_in(
    harnesses: ControllerHarnesses, value: int
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        harness.process.camera_seconds = value - 1
        for taken, content in harness.process.shoot().items():
            harness.process.stage(
                taken, content, harness.controller._photos.root.staging.path / "body-1-1-IMG_0001.JPG", None
            )
        await harness.until_photos(1)
        assert whole(harness) == {}


@pytest.mark.parametrize("size", [2**63, 2**64 - 1])
def test_numbers_that_no_index_can_keep_do_not_come_over_the_link(size: int) -> None:
    event = Staged(capture_id=None, path="p", folder="f", name="n", size_bytes=size, sha256="0" * 64)
    decoder: Decoder[Event] = Decoder(Event)
    record = message_record(event)
    decoder.room()[: len(record)] = record
    with pytest.raises(Exception, match="invalid message on the link: Expected `int`"):
        decoder.received(len(record))


async def test_a_setting_that_cannot_be_understood_is_left_out_and_the_others_are_shown(
    harnesses: ControllerHarnesses,
) -> None:
    good = SettingEntry(name="iso", path="/main/iso", label="ISO", kind="choice", value="100", choices=("100", "400"))
    mad = tuple(
        SettingEntry(name="m", path="/m", label="M", kind=kind, value=value)
        for kind, value in (("date", "tomorrow"), ("date", 1e300), ("range", "x"), ("choice", None), ("no kind", 1.0))
    )

    def prepare(process: FakeCameraProcess) -> None:
        process.settings = (mad[0], good, *mad[1:])

    async with harnesses.running(prepare=prepare) as harness:
        await harness.until_ready()
        found = await harness.controller.settings.read()
        assert [one.name for one in found.settings] == ["iso"]
        assert whole(harness) == {Where.SETTINGS: len(mad)}


async def test_an_unasked_photo_that_fails_unexpectedly_is_in_nobodys_way(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", NOT_IN_THIS_TEST_SECONDS)
    async with harnesses.running() as harness:
        await looked_through(harness)
        stills, broken = harness.controller._photos, iter([True])
        imported = stills.photo_importer._import

        async def mad(leftover: Any) -> None:
            if next(broken, False):
                raise KeyError("mad")
            await imported(leftover)

        monkeypatch.setattr(stills.photo_importer, "_import", mad)
        for number in (1, 2):
            for taken, content in harness.process.shoot().items():
                harness.process.stage(
                    taken, content, stills.root.staging.path / f"body-1-{number}-IMG_000{number}.JPG", None
                )
        await harness.until_photos(1)
        assert whole(harness) == {Where.UNASKED_PHOTOS: 1}
    assert [path.name for path in stills.root.staging.path.glob("body-*")] == ["body-1-1-IMG_0001.JPG"]


async def test_a_capture_that_fails_unexpectedly_has_ended_and_the_next_one_is_taken(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mad(*_arguments: object) -> None:
        raise KeyError("mad")

    monkeypatch.setattr(module, "AGAIN_SECONDS", NOT_IN_THIS_TEST_SECONDS)
    async with harnesses.running() as harness:
        await harness.until_ready()
        with monkeypatch.context() as broken:
            broken.setattr(harness.process, "capture", mad)
            failed = await (await harness.controller.submit(request(1), None)).ended()
        assert failed.phase is CapturePhase.FAILED
        assert failed.error is not None
        assert "unexpectedly" in failed.error
        assert await shot(harness, 2) is CapturePhase.SAVED
        assert whole(harness) == {Where.CAPTURES: 1}


# What files hold.


def _damaged(root: Path, statement: str) -> None:
    with sqlite3.connect(root / ".photonic" / "captures.sqlite3") as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("record", ["{}", "[]", '{"id": 7}'])
async def test_a_record_that_is_none_ends_nothing_and_says_so(harnesses: ControllerHarnesses, record: str) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        await shot(harness, 1)
    _damaged(harnesses.photo_root, f"UPDATE captures SET record = '{record}'")
    async with harnesses.running() as harness:
        await harness.until_ready()
        with pytest.raises(StorageError, match="invalid value"):
            await harness.controller.submit(request(2), None)
        harness.process.give_frame()
        assert set(whole(harness)) <= {Where.INDEX}


# What networks answer.


async def test_a_delivery_that_fails_unexpectedly_is_tried_again(
    harnesses: ControllerHarnesses, printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", NOT_IN_THIS_TEST_SECONDS)
    async with harnesses.running(hooks=HOOKS) as harness:
        await looked_through(harness)
        deliver, broken = printer.deliver, iter([True])

        async def mad(notice: Any) -> Any:
            if next(broken, False):
                raise KeyError("mad")
            return await deliver(notice)

        monkeypatch.setattr(printer, "deliver", mad)
        await shot(harness, 1)
        await until_health(harness, lambda target: target.delivered == 1)
        assert whole(harness) == {Where.DELIVERIES: 1}


async def test_a_request_that_fails_unexpectedly_is_answered_counted_and_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = FakeController()
    monkeypatch.setattr(controller.settings, "read", lambda: raising(KeyError("mad")))
    client = asking(controller)
    async with client:
        for _time in range(3):
            assert (await client.get("/api/v1/camera/settings")).status_code == 500
        text = (await client.get("/metrics")).text
    assert 'photonic_unexpected_total{where="requests"} 3\n' in text
    assert len([record for record in caplog.records if record.exc_info and "KeyError" in str(record.exc_info)]) == 1


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 10_000, b"\xff\xfe", b"1e99999", b"9" * 50_000, b"\0"])
@pytest.mark.parametrize("path", ["camera/capture", "camera/sequences", "camera/config", "camera/lookat"])
async def test_bodies_that_are_nothing_are_refused(path: str, body: bytes) -> None:
    async with asking(FakeController()) as client:
        answer = await client.post(f"/api/v1/{path}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 404, 405, 422}
        assert answer.headers["content-type"] == "application/problem+json"
        assert 'photonic_unexpected_total{where="requests"} 0\n' in (await client.get("/metrics")).text


async def test_what_fails_in_a_callback_of_the_loop_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    app_context = app_context_behind(asking(FakeController()))
    done = asyncio.Event()
    with _callbacks(app_context):
        asyncio.get_running_loop().call_soon(raising, KeyError("mad"))
        asyncio.get_running_loop().call_soon(done.set)
        await done.wait()
    assert app_context.unexpected.failures[Where.CALLBACKS] == 1


async def test_a_status_feed_that_fails_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)
    controller = FakeController()
    app_context = app_context_behind(asking(controller))
    again, times = asyncio.Event(), 0

    async def mad() -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise KeyError("mad")
        again.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(app_context.feed(controller), "run", mad)
    running = asyncio.create_task(app_context.run(controller))
    async with asyncio.timeout(20):
        await again.wait()
    app_context.stop()
    await running
    assert app_context.failure is None
    assert app_context.unexpected.failures[Where.STATUS] == 1
