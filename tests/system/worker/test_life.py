"""What a camera process does as long as all is well."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.driver import ISO_CHOICES, text_of

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import Captured, CaptureProgressed, Facts, PreviewChanged, Profiles, Staged

if TYPE_CHECKING:
    from tests.system.worker.supervised import Camera


async def test_frames_arrive_fresh_and_in_order(camera: Camera) -> None:
    async with camera(fps=100) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames(50)
        numbers = [int(text.split()[2]) for text in heard.frames]
        assert numbers == sorted(set(numbers))
        assert heard.views == ["starting", "running"]
        assert min(heard.ages) >= 0.0
        await supervisor.stop_preview()
        count = len(heard.frames)
        await heard.until(lambda: heard.views[-1] == "off")
        await supervisor.apply(Profiles())
        assert len(heard.frames) == count


async def test_while_the_parent_does_not_read_the_newest_frame_wins(camera: Camera) -> None:
    async with camera(fps=100, size=200_000) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames(3)
        seen = len(heard.frames)
        # The whole loop stands still, as it does in a service that is stuck in a callback.
        asyncio.get_running_loop().call_soon(time.sleep, 1.5)
        await heard.more_frames(20)
        numbers = [int(text.split()[2]) for text in heard.frames[seen - 1 :]]
        gaps = [after - before for before, after in itertools.pairwise(numbers)]
        assert max(gaps) > 20, f"nothing was dropped: {numbers}"
        # What came late is no more than the kernel's buffers hold.
        assert gaps.index(max(gaps)) <= 12, numbers
        assert heard.downs == []


async def test_a_capture_stages_every_object_and_live_view_resumes(camera: Camera, staging: Path) -> None:
    async with camera(objects=2, capture=0.2) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        for number in range(1, 4):
            await heard.more_frames(2)
            await supervisor.capture(f"c{number}", str(staging))
            staged = [event for event in heard.of(Staged) if event.capture_id == f"c{number}"]
            photos = [_read(event) for event in staged]
            assert [text_of(photo) for photo in photos] == [f"photo c{number} 1", f"photo c{number} 2"]
            assert [len(photo) for photo in photos] == [event.size_bytes for event in staged]
        await heard.more_frames(3)
        assert [event.capture_id for event in heard.of(Captured)] == ["c1", "c2", "c3"]
        phases = [event.phase for event in heard.of(CaptureProgressed) if event.capture_id == "c1"]
        assert phases == ["preparing", "exposing", "downloading"]
        assert heard.views.count("running") == 4
        assert all(event.resume_by_seconds for event in heard.of(PreviewChanged) if event.state == "paused")
        assert len({text.split()[1] for text in heard.frames}) == 1
        assert heard.of(Facts)


async def test_a_failed_capture_is_that_captures_own_matter(camera: Camera, staging: Path) -> None:
    async with camera(misbehave="autofocus", once=True) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        with pytest.raises(CaptureError, match="focus") as failure:
            await supervisor.capture("c1", str(staging))
        assert failure.value.kind is FailureKind.AUTOFOCUS_FAILED
        await heard.more_frames()
        await supervisor.capture("c2", str(staging))
        assert heard.downs == []


async def test_settings_are_refused_with_their_choices(camera: Camera) -> None:
    async with camera() as (supervisor, heard):
        await heard.opened()
        with pytest.raises(BadInput) as refusal:
            await supervisor.apply(Profiles(live={"iso": "123456"}))
        assert (refusal.value.field, refusal.value.choices) == ("iso", ISO_CHOICES)
        await supervisor.apply(Profiles(live={"iso": "200"}))


async def test_a_camera_without_live_view_says_so_and_takes_photos(camera: Camera, staging: Path) -> None:
    async with camera(live_view=False) as (supervisor, heard):
        await heard.opened()
        with pytest.raises(CameraError) as refusal:
            await supervisor.start_preview()
        assert refusal.value.kind is FailureKind.NOT_SUPPORTED
        assert heard.views[-1] == "unsupported"
        await supervisor.capture("c1", str(staging))
        assert heard.downs == []


async def test_the_process_has_a_home_of_its_own_that_is_removed(camera: Camera) -> None:
    async with camera() as (supervisor, heard):
        await heard.opened()
        home, config = _home(supervisor.pid)
        assert (home.is_dir(), config.is_dir()) == (True, True)
        assert str(home) != os.environ.get("HOME")
    assert not home.exists()


def _home(pid: int | None) -> tuple[Path, Path]:
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return Path(environment["HOME"]), Path(environment["XDG_CONFIG_HOME"])


def _read(staged: Staged) -> bytes:
    return Path(staged.path).read_bytes()


async def test_before_the_camera_is_open_everything_is_answered_at_once(camera: Camera, staging: Path) -> None:
    async with camera(misbehave="hang_in_open", limit=30) as (supervisor, heard):
        for attempt in (
            supervisor.start_preview(),
            supervisor.stop_preview(),
            supervisor.apply(Profiles()),
            supervisor.capture("c", str(staging)),
        ):
            with pytest.raises(CameraError, match="not open") as refusal:
                await attempt
            assert refusal.value.kind is FailureKind.CAMERA_ABSENT
        assert heard.events == []
