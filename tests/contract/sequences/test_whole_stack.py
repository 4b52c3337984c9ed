"""Sequences from the command line and the client down to the simulated body: bursts, self-timer, time-lapses."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import ask, running
from tests.support.first_short import first_short
from tests.support.stack import stack
from tests.support.terminal import on_terminal
from tests.support.usb_bus import TRANSPORTS

from photonic import CameraClient, ServiceError
from photonic.cli.outcome import ExitCode
from photonic.model.sequence import SequenceKind, SequenceRequest
from photonic.model.status import SequencePhase
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.stack import Stack


@pytest.fixture(scope="module", params=TRANSPORTS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("sequences") / "photos", transport=request.param) as running_stack:
        connected(running_stack)
        yield running_stack


def connected(whole: Stack) -> None:
    """The camera is ready when this returns."""
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        assert http.post("/api/v1/camera/connect").status_code == 200


def newest(whole: Stack, count: int) -> list[int]:
    """The camera's numbers of its last exposures."""
    return [entry["counter"] for entry in whole.camera.journal("exposed")[-count:]]


def counters(paths: list[str]) -> list[int]:
    """The camera's number of each photo, read from its pixels."""
    return [pixels.read(Path(path).read_bytes()).counter for path in paths]


def exposures(paths: list[str]) -> list[int]:
    """The exposure time of each photo in microseconds, read from its pixels."""
    return [pixels.read(Path(path).read_bytes()).shutter_us for path in paths]


def test_a_burst_prints_the_path_of_each_photo_and_the_body_has_exposed_each(whole: Stack) -> None:
    ran = ask("burst", "--count", "3", "--session", "three", "--url", whole.url)
    assert ran.returncode == ExitCode.DONE, ran.stderr
    paths = ran.stdout.split()
    assert [Path(path).name.rpartition("_")[0] for path in paths] == ["three_000001", "three_000002", "three_000003"]
    assert counters(paths) == newest(whole, 3)


def test_a_self_timer_says_its_report_as_json(whole: Stack) -> None:
    ran = ask("burst", "--count", "1", "--self-timer", "1500ms", "--json", "--url", whole.url)
    assert ran.returncode == ExitCode.DONE, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["kind"], report["phase"], report["saved"], report["total"]) == ("self_timer", "done", 1, 1)
    assert counters(report["frames"][0]["paths"]) == newest(whole, 1)


async def test_a_bracket_is_in_the_photos_and_leaves_the_camera_as_it_was(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        await client.settings.change(exposure_mode="manual", shutter="1/60", iso=400)
    before = whole.camera.control.state()["shutter_seconds"]
    ran = ask("bracket", "--stops", "-2,0,2", "--session", "bracket", "--json", "--url", whole.url)
    assert ran.returncode == ExitCode.DONE, ran.stderr
    report = json.loads(ran.stdout)
    assert [frame["settings"] for frame in report["frames"]] == [{"shutter": one} for one in ("1/250", "1/60", "1/15")]
    paths = [path for frame in report["frames"] for path in frame["paths"]]
    assert exposures(paths) == [pytest.approx(1e6 / below, rel=0.05) for below in (250, 60, 15)]
    assert whole.camera.control.state()["shutter_seconds"] == before


@pytest.mark.long
def test_what_a_bracket_cannot_be_is_one_line(whole: Stack) -> None:
    for arguments in (("--stops", "-19"), ("--stops", "one"), ("--stops", "1,,2"), ("--vary", "zoom")):
        ran = ask("bracket", *arguments, "--url", whole.url)
        assert ran.returncode == ExitCode.BAD_INPUT, ran.stderr
        assert ran.stderr.count("\n") == 1, ran.stderr


async def test_the_countdown_is_told_second_by_second(whole: Stack) -> None:
    request = SequenceRequest(kind=SequenceKind.SELF_TIMER, session_id="timer", delay_seconds=3.0)
    async with CameraClient(whole.url) as client:
        record = await client.sequences.begin(request)
        counted = [status.countdown async for status in client.sequences.follow(record.id) if status.countdown]
        report = await client.sequences.report(record.id)
    assert list(dict.fromkeys(counted)) == [3, 2, 1]
    assert report.phase is SequencePhase.DONE


async def test_a_second_sequence_is_refused_and_a_cancelled_one_keeps_what_it_took(whole: Stack) -> None:
    request = SequenceRequest(kind=SequenceKind.INTERVAL, session_id="lapse", interval_seconds=60.0, count=100)
    async with CameraClient(whole.url) as client:
        record = await client.sequences.begin(request, idempotency_key="lapse-1")
        assert (await client.sequences.begin(request, idempotency_key="lapse-1")).id == record.id
        with pytest.raises(ServiceError, match=record.id) as refused:
            await client.sequences.begin(request)
        assert refused.value.status == 409
        async for status in client.sequences.follow(record.id):
            if status.saved == 1:
                assert status.remaining_seconds is not None
                await client.sequences.cancel(record.id)
        report = await client.sequences.report(record.id)
        assert (report.phase, report.saved, len(report.frames)) == (SequencePhase.CANCELLED, 1, 1)
        assert (await client.sequences.page(limit=1)).sequences[0].id == record.id


def test_ctrl_c_ends_a_time_lapse_with_what_was_taken(whole: Stack) -> None:
    before = whole.counted("exposed")
    with running("timelapse", "--every", "2s", "--count", "500", "--allow-misses", "--url", whole.url) as command:
        command.wait_for(r"photo_000001_\d+\.jpg")
        command.send(signal.SIGINT)
        command.wait_for(r"\d+ of 500 photos saved")
        assert command.exit_code() == ExitCode.INTERRUPTED
    assert "Traceback" not in command.said
    assert command.said.count(".jpg") == whole.counted("exposed") - before >= 1
    report = json.loads(ask("status", "--url", whole.url, "--json").stdout)
    assert report["sequence"] is None


def test_a_time_lapse_and_its_command_survive_a_killed_service(transport: str, tmp_path: Path) -> None:
    with stack(tmp_path / "photos", transport=transport) as whole:
        connected(whole)
        with running(
            "timelapse", "--every", "2s", "--count", "6", "--session", "killed", "--url", whole.url
        ) as command:
            command.wait_for(r"killed_\d+_\d+\.jpg")
            whole.kill_service()
            whole.start_service()
            command.wait_for(r"of 6 photos saved|killed_000006_\d+\.jpg")
            assert command.exit_code() in {ExitCode.DONE, ExitCode.FAILED}
    assert "Traceback" not in command.said
    assert command.said.count(".jpg") >= 2
    for number in (number for number in range(1, 7) if f"killed_{number:06d}_" not in command.said):
        assert re.search(rf"photo {number} (failed|was missed)|photos \d+ to \d+ were missed", command.said), (
            command.said
        )


async def test_a_sequence_that_is_none_is_not_found(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        with pytest.raises(ServiceError, match="nobody") as unknown:
            await client.sequences.report("nobody")
        assert unknown.value.status == 404


LONG_NAME = "a-session-with-a-name-that-makes-every-path-longer-than-a-line"


@pytest.mark.parametrize("columns", [80, pytest.param(200, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "command",
    first_short([("burst", "--count", "3"), ("timelapse", "--every", "1s", "--count", "2", "--self-timer", "1s")]),
)
def test_paths_stand_whole_above_the_line_that_shows_how_far_it_is(
    whole: Stack, columns: int, command: tuple[str, ...]
) -> None:
    shown, _ = on_terminal(*command, "--session", LONG_NAME, "--url", whole.url, columns=columns)
    lines = shown.split()
    assert lines == [line for line in lines if re.fullmatch(rf"/\S+/{LONG_NAME}_\d+_\d+(_\d+)?\.jpg", line)], shown
    assert len(lines) == int(command[command.index("--count") + 1])


@pytest.mark.parametrize("columns", [80, pytest.param(200, marks=pytest.mark.long)])
def test_on_a_pipe_are_paths_alone_and_the_terminal_is_left_clean(whole: Stack, columns: int) -> None:
    arguments = ("burst", "--count", "3", "--session", LONG_NAME, "--url", whole.url)
    shown, written = on_terminal(*arguments, columns=columns, piped=True)
    assert shown.strip() == ""
    assert len(written.splitlines()) == 3
    assert all(Path(line).is_file() for line in written.splitlines())


@pytest.mark.parametrize("columns", [80, pytest.param(200, marks=pytest.mark.long)])
def test_a_capture_leaves_its_path_alone_on_the_terminal(whole: Stack, columns: int) -> None:
    shown, _ = on_terminal("capture", "--session", LONG_NAME, "--url", whole.url, columns=columns)
    assert Path(shown.strip()).is_file(), shown
