"""Focus stacks on the whole stack: where the lens was, by each photo's Exif and by the body's own word."""

from __future__ import annotations

import itertools
import json
import os
import signal
from typing import TYPE_CHECKING

import httpx2
import pytest
from PIL import Image
from tests.support.commands import ask, running
from tests.support.first_short import first_short
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView, ServiceError
from photonic.cli.outcome import ExitCode
from photonic.model.sequence import SequenceKind, SequenceRequest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.support.stack import Stack


MEDIUM_METRES = 0.05
"""What a medium step of the simulated lens is, by its Exif."""


@pytest.fixture(scope="module")
def whole(transport: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("stack") / "photos", transport=transport) as running_stack:
        with httpx2.Client(base_url=running_stack.url, timeout=30) as http:
            assert http.post("/api/v1/camera/connect").status_code == 200
        yield running_stack


def position(whole: Stack) -> int:
    return whole.camera.control.state()["focus"]


def distances(paths: list[str]) -> list[float]:
    """The distance at which each photo was focused, in metres."""
    found: list[float] = []
    for path in paths:
        with Image.open(path) as photo:
            found.append(float(photo.getexif().get_ifd(0x8769)[0x9206]))
    return found


def test_each_photo_is_a_step_farther_without_autofocus_and_the_lens_goes_back(whole: Stack) -> None:
    before, focused = position(whole), whole.counted("half_press")
    ran = ask("stack", "--steps", "4", "--size", "2", "--count", "3", "--json", "--url", whole.url)
    assert ran.returncode == ExitCode.DONE, ran.stderr
    report = json.loads(ran.stdout)
    assert [frame["focus_steps"] for frame in report["frames"]] == [0, 2, 4]
    found = distances([path for frame in report["frames"] for path in frame["paths"]])
    assert [later - sooner for sooner, later in itertools.pairwise(found)] == [pytest.approx(2 * MEDIUM_METRES)] * 2
    assert position(whole) == before
    assert whole.counted("half_press") == focused
    assert report["warning"] is None


def test_ctrl_c_ends_it_with_what_was_taken_and_the_lens_goes_back(whole: Stack) -> None:
    before = position(whole)
    with running("stack", "--steps", "-100", "--session", "early", "--url", whole.url) as command:
        command.wait_for(r"early_000002_\d+\.jpg")
        command.send(signal.SIGINT)
        command.wait_for("of 101 photos saved")
        assert command.exit_code() == ExitCode.INTERRUPTED
    assert position(whole) == before


@pytest.mark.long
async def test_a_stack_goes_on_when_the_camera_process_was_killed(transport: str, tmp_path: Path) -> None:
    wanted = SequenceRequest(kind=SequenceKind.FOCUS_STACK, session_id="killed", focus_end=5, focus_size=2)
    with stack(tmp_path / "photos", transport=transport) as whole:
        before, killed = position(whole), False
        async with CameraClient(whole.url) as client:
            await client.connect()
            record = await client.sequences.begin(wanted)
            async for status in client.sequences.follow(record.id):
                if status.saved >= 2 and not killed:
                    killed = True
                    os.kill(whole.camera_process_pid, 9)
            report = await client.sequences.report(record.id)
        after = position(whole)
    assert killed
    assert report.saved + report.failed == report.total == 6
    assert report.saved >= 4
    assert all(frame.error for frame in report.frames if frame.phase == "failed")
    saved = [frame for frame in report.frames if frame.phase == "saved"]
    found = distances([frame.paths[0] for frame in saved])
    expected = [found[0] + ((frame.focus_steps or 0) - (saved[0].focus_steps or 0)) * MEDIUM_METRES for frame in saved]
    # A move that broke off may have been carried out: the record says so.
    assert (after, found) == (before, [pytest.approx(one) for one in expected]) or report.warning


async def test_a_lens_on_manual_focus_is_refused_before_a_photo_is_taken(whole: Stack) -> None:
    exposed = whole.counted("exposed")
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        await client.settings.change(focus_mode="Manual")
        with pytest.raises(ServiceError, match="manual focus") as refused:
            await client.sequences.begin(SequenceRequest(kind=SequenceKind.FOCUS_STACK, session_id="hand", focus_end=3))
        assert refused.value.status == 422
        await client.settings.change(focus_mode="one shot")
    assert whole.counted("exposed") == exposed


@pytest.mark.parametrize(
    "arguments", first_short(["--steps 0", "--steps 501", "--steps 3 --size 4", "--steps 3 --count 9"])
)
def test_what_is_no_stack_is_one_line(whole: Stack, arguments: str) -> None:
    ran = ask("stack", *arguments.split(), "--url", whole.url)
    assert ran.returncode == ExitCode.BAD_INPUT, ran.stderr
    assert ran.stderr.count("\n") == 1, ran.stderr
