"""Who may have the camera, and what is left when somebody goes: nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.launching import CHECKOUT, address, environment, launch
from tests.support.recording import RecordingListener
from tests.support.waiting import until_true

from photonic.errors import CameraError, FailureKind
from photonic.worker.link.messages import Captured, Configure
from photonic.worker.supervision.launch import Launch
from photonic.worker.supervision.supervisor import Supervisor
from photonic.worker.supervision.this_machine import ThisMachine

if TYPE_CHECKING:
    from tests.system.worker.supervised import Camera, Supervise


def _state(pid: int | None) -> str:
    """The letter of proc(5): ``T`` stopped; ``Z`` a zombie of another parent, and gone, as far as we care."""
    try:
        return "Z" if pid is None else Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


async def _until_state(pid: int, state: str) -> None:
    await until_true(lambda: _state(pid) == state, 10)


@pytest.mark.parametrize(
    "behaviour",
    [
        {},
        {"misbehave": "hang_in_open", "limit": 60},
        {"misbehave": "hang_in_preview", "after": 5, "limit": 60},
        {"misbehave": "hang_in_close", "limit": 60},
    ],
    ids=["sound", "hung in open", "hung in preview", "hung in close"],
)
async def test_a_cancelled_supervisor_is_gone_in_time_and_so_is_its_process(
    camera: Camera, behaviour: dict[str, object]
) -> None:
    # The calls hang for a minute: an end within this time is the work of the grace and the SIGKILL.
    async with asyncio.timeout(20), camera(**behaviour) as (supervisor, heard):
        if behaviour.get("misbehave") == "hang_in_open":
            while supervisor.pid is None:  # noqa: ASYNC110 - it is there after some turns of the loop
                await asyncio.sleep(0)
        else:
            await heard.opened()
            await supervisor.start_preview()
            await heard.until(lambda: len(heard.frames) >= 3)
        pid = supervisor.pid
    assert _state(pid) == "Z"
    assert heard.downs == []


async def test_a_capture_under_way_is_waited_for_within_its_grace(tmp_path: Path) -> None:
    heard = RecordingListener()
    launched = launch(capture=0.5)
    supervisor = Supervisor(
        launched, heard, host=ThisMachine(tmp_path / "locks"), clock=time.monotonic, capture_grace_seconds=20.0
    )
    (tmp_path / "staging").mkdir()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(supervisor.run())
        await heard.opened()
        shot = tasks.create_task(supervisor.capture("c1", str(tmp_path / "staging")))
        await heard.until(lambda: any(getattr(event, "phase", "") == "exposing" for event in heard.events))
        running.cancel()
    assert shot.exception() is None
    assert [event.capture_id for event in heard.of(Captured)] == ["c1"]


PARENT = """
import asyncio, sys, time
from tests.support.launching import launch
from tests.support.recording import RecordingListener
from photonic.worker.supervision.supervisor import Supervisor
from photonic.worker.supervision.this_machine import ThisMachine

async def main():
    heard = RecordingListener()
    launched = launch(misbehave=sys.argv[1], after=3, limit=600)
    supervisor = Supervisor(launched, heard, host=ThisMachine(), clock=time.monotonic)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(supervisor.run())
        await heard.opened()
        await supervisor.start_preview()
        await heard.until(lambda: len(heard.frames) >= 3)
        print(supervisor.pid, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("misbehaviour", ["", "hang_in_preview", "stop_itself"])
async def test_a_killed_parent_leaves_no_camera_process(tmp_path: Path, misbehaviour: str) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PARENT,
        misbehaviour,
        stdout=asyncio.subprocess.PIPE,
        cwd=CHECKOUT,
        env=os.environ | environment() | {"XDG_RUNTIME_DIR": str(tmp_path), "TMPDIR": str(tmp_path)},
    )
    assert parent.stdout is not None
    child = int(await asyncio.wait_for(parent.stdout.readline(), 30))
    if misbehaviour == "stop_itself":
        # It cannot even see the end of the link now: only the kernel can end it.
        await _until_state(child, "T")
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    await _until_state(child, "Z")


async def test_signals_to_the_whole_service_are_left_to_the_parent(camera: Camera) -> None:
    async with camera() as (supervisor, heard):
        await heard.opened()
        await supervisor.start_preview()
        await heard.more_frames()
        assert supervisor.pid is not None
        os.kill(supervisor.pid, signal.SIGINT)
        os.kill(supervisor.pid, signal.SIGTERM)
        await heard.more_frames(10)
        assert heard.downs == []


async def test_a_second_owner_is_refused_until_the_first_lets_go(supervise: Supervise) -> None:
    launched = launch()
    async with supervise(launched) as (_first, heard):
        await heard.opened()
        async with supervise(launched) as (second, refused):
            await refused.until(lambda: refused.downs)
            assert refused.downs[0].kind is FailureKind.BLOCKED
            assert str(os.getpid()) in refused.downs[0].reason
            with pytest.raises(CameraError, match=r"in use by .*process"):
                await second.start_preview()
            assert refused.events == []
    async with supervise(launched) as (_third, heard):
        await heard.opened()


async def test_the_second_gets_the_camera_when_the_first_has_let_go(supervise: Supervise) -> None:
    launched = launch()
    async with supervise(launched) as (_first, heard):
        await heard.opened()
        waiting = supervise(launched)
        _second, patient = await waiting.__aenter__()
        await patient.until(lambda: patient.downs)
    try:
        await patient.opened()
    finally:
        await waiting.__aexit__(None, None, None)


def _auto(**behaviour: object) -> Launch:
    described = address(**behaviour).replace("fake:", "auto:")
    return Launch(
        "tests.support.driver", Configure(request=0, address="auto"), environment() | {"FAKE_CAMERA": described}
    )


async def test_with_auto_the_serial_number_is_what_is_owned(supervise: Supervise) -> None:
    async with supervise(_auto(serial="S1")) as (_first, heard):
        await heard.opened()
        async with (
            supervise(_auto(serial="S2")) as (_other, unconcerned),
            supervise(_auto(serial="S1")) as (_second, refused),
        ):
            await unconcerned.opened()
            await refused.until(lambda: refused.downs)
            assert refused.downs[0].kind is FailureKind.BLOCKED
            assert "usb:S1" in refused.downs[0].reason
            assert refused.events == []


async def test_an_owner_is_not_kept_out_by_its_own_last_process(supervise: Supervise) -> None:
    async with supervise(_auto()) as (supervisor, heard):
        for times in (1, 2, 3):
            await heard.opened(times)
            assert len(heard.downs) == times - 1
            supervisor.restart("again")
        await heard.opened(4)
        assert {failure.reason for failure in heard.downs} == {"again"}


async def test_a_computer_that_cannot_start_a_process_is_reported_and_retried(
    camera: Camera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a disk that is gone"))
    async with camera() as (supervisor, heard):
        await heard.until(lambda: heard.downs)
        assert (heard.downs[0].kind, heard.rungs) == (FailureKind.BLOCKED, [0])
        assert "check this computer's disk space" in heard.downs[0].reason
        with pytest.raises(CameraError, match="cannot start the camera process"):
            await supervisor.start_preview()
        monkeypatch.setattr(tempfile, "tempdir", None)
        supervisor.restart("somebody has seen to it")
        await heard.opened()
