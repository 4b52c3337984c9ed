"""Camera processes that hang, crash or vanish: everything is answered, and live view comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest
from tests.support.launching import address, environment, launch

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import CameraOpened, Captured, Configure, Profiles
from photonic.worker.supervision.launch import Launch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.recording import RecordingListener
    from tests.system.worker.supervised import Camera, Supervise


def _processes(heard: RecordingListener) -> list[str]:
    """The processes that frames came from, in order."""
    return list(dict.fromkeys(text.split()[1] for text in heard.frames))


@pytest.mark.parametrize(
    ("misbehaviour", "reason", "kind"),
    [
        ("hang_in_preview", "hung in preview", FailureKind.TIMEOUT),
        ("stop_itself", "hung in preview", FailureKind.TIMEOUT),
        ("exit_in_preview", "code 7", FailureKind.CAMERA_FAULT),
        ("fault_in_preview", "the cable is out", FailureKind.CAMERA_FAULT),
        ("blind", "no valid frame", FailureKind.CAMERA_FAULT),
    ],
)
async def test_live_view_comes_back_without_being_asked_for_again(
    camera: Camera, misbehaviour: str, reason: str, kind: FailureKind
) -> None:
    # Twenty good calls, then trouble, in every process but those that are asked to be good for longer.
    async with camera(fps=50, misbehave=misbehaviour, after=20) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.until(lambda: len(_processes(heard)) >= 2)
        assert reason in heard.downs[0].reason
        assert heard.downs[0].kind is kind
        assert len(heard.of(CameraOpened)) >= 2


@pytest.mark.parametrize(
    ("misbehaviour", "reason"),
    [
        ("hang_in_capture", "hung in trigger"),
        ("crash_in_capture", "SIGSEGV"),
        ("fault_in_capture", "the cable is out"),
        ("bug_in_capture", "ZeroDivisionError: a bug of the driver"),
    ],
)
async def test_a_capture_that_ends_the_process_is_answered_and_the_next_one_works(
    camera: Camera, staging: Path, misbehaviour: str, reason: str
) -> None:
    async with camera(misbehave=misbehaviour, once=True) as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames()
        with pytest.raises(CameraError, match=reason):
            await supervisor.capture("c1", str(staging))
        await heard.opened(2)
        await heard.until(lambda: len(_processes(heard)) == 2)
        await supervisor.capture("c2", str(staging))
        assert [event.capture_id for event in heard.of(Captured)] == ["c2"]


async def test_a_camera_that_says_it_takes_no_photos_is_asked_once_more_by_opening_it_anew(
    camera: Camera, staging: Path
) -> None:
    """What it can do is read when it is opened: damage to that stayed for ever."""
    async with camera(misbehave="incapable", once=True) as (supervisor, heard):
        await heard.opened()
        with pytest.raises(CaptureError, match="cannot do this"):
            await supervisor.capture("c1", str(staging))
        await heard.opened(2)
        await supervisor.capture("c2", str(staging))
        assert [event.capture_id for event in heard.of(Captured)] == ["c2"]
        assert "read its abilities again" in heard.downs[0].reason


async def test_a_camera_that_says_so_twice_is_believed_for_now(camera: Camera, staging: Path) -> None:
    async with camera(misbehave="incapable") as (supervisor, heard):
        await heard.opened()
        for opened in (2, 2, 2):
            with pytest.raises(CaptureError, match="cannot do this"):
                await supervisor.capture("c", str(staging))
            await heard.opened(opened)
        assert len(heard.downs) == 1


async def test_commands_that_wait_behind_a_dying_capture_are_answered_too(camera: Camera, staging: Path) -> None:
    async with camera(misbehave="crash_in_capture", capture=0.3) as (supervisor, heard):
        await heard.opened()
        answers = await asyncio.gather(
            supervisor.capture("c1", str(staging)),
            supervisor.apply(Profiles()),
            supervisor.start_preview(),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers] == [CameraError] * 3


@pytest.mark.long
async def test_a_stopped_idle_process_is_found_by_its_silence(camera: Camera) -> None:
    async with camera() as (supervisor, heard):
        await heard.opened()
        assert supervisor.pid is not None
        os.kill(supervisor.pid, signal.SIGSTOP)
        await heard.opened(2)
        assert "silent" in heard.downs[0].reason


async def test_settings_are_held_by_the_next_process_too(camera: Camera, staging: Path) -> None:
    async with camera() as (supervisor, heard):
        await heard.opened()
        await supervisor.apply(Profiles(capture={"iso": "800"}))
        supervisor.restart("the test wants a new one")
        await heard.opened(2)
        await supervisor.capture("c1", str(staging))
        assert [event.iso for event in heard.of(Captured)] == ["800"]


async def test_live_view_that_was_stopped_stays_off_after_a_restart(camera: Camera) -> None:
    async with camera() as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames()
        await supervisor.stop_preview()
        frames = len(heard.frames)
        supervisor.restart("the test wants a new one")
        await heard.opened(2)
        await supervisor.apply(Profiles())
        assert len(heard.frames) == frames


async def test_a_restart_answers_what_is_under_way_with_its_reason(camera: Camera, staging: Path) -> None:
    async with camera(capture=30) as (supervisor, heard):
        await heard.opened()
        async with asyncio.TaskGroup() as tasks:
            shot = tasks.create_task(_failure(supervisor.capture("c1", str(staging))))
            await heard.until(lambda: any(getattr(event, "phase", "") == "exposing" for event in heard.events))
            supervisor.restart("replaced on request")
        assert shot.result().reason == "replaced on request"
        await heard.opened(2)


async def _failure(request: object) -> CameraError:
    with pytest.raises(CameraError) as failure:
        await request  # pyright: ignore[reportGeneralTypeIssues]
    return failure.value


@pytest.mark.parametrize(
    ("misbehaviour", "kind", "reason"),
    [
        ("absent", FailureKind.CAMERA_ABSENT, "plug it in"),
        ("exit_at_open", FailureKind.CAMERA_FAULT, "code 7"),
        ("hang_in_open", FailureKind.TIMEOUT, "hung in init"),
    ],
)
async def test_a_camera_that_cannot_be_opened_is_tried_until_it_can(
    camera: Camera, misbehaviour: str, kind: FailureKind, reason: str
) -> None:
    async with camera(misbehave=misbehaviour, once=True) as (_supervisor, heard):
        await heard.opened()
        assert [failure.kind for failure in heard.downs] == [kind]
        assert reason in heard.downs[0].reason


async def test_a_driver_that_does_not_exist_is_a_reason_and_no_end(supervise: Supervise) -> None:
    absent = Launch("tests.support.no_such_driver", Configure(request=0, address=address()), environment())
    async with supervise(absent) as (_supervisor, heard):
        await heard.until(lambda: len(heard.downs) >= 2)
        assert "exited with code 1" in heard.downs[0].reason


async def test_settings_from_before_that_this_camera_does_not_know_do_not_keep_it_out(supervise: Supervise) -> None:
    async with supervise(launch(profiles=Profiles(live={"iso": "7"}))) as (_supervisor, heard):
        await heard.opened()
        assert any("no ISO 7" in getattr(event, "text", "") for event in heard.events)
