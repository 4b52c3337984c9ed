"""The real service on real file systems: it stores photos there, and its disk loses power there.

The loss of power is a copy of the image, taken while the service stands still: what it has written and not flushed is
in the memory of the kernel then, and not in the image.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from tests.crash import replay
from tests.crash.campaign import CrashState
from tests.crash.disks import images
from tests.crash.disks.images import FILE_SYSTEMS, FileSystem
from tests.crash.judge import judge
from tests.crash.operations import Recording
from tests.crash.promises import Story, told
from tests.crash.recovered import camera_with_memory, judge_recovered
from tests.crash.scenario import RecordedRun, running
from tests.crash.setup import Setup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

MOMENTS = ("saved", "deleted", "restored")
SETUP = Setup("image", raw=True)


@pytest.fixture
def camera() -> Iterator[SimulatedCamera]:
    with camera_with_memory() as camera:
        yield camera


@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", [pytest.param(each, id=each.name) for each in FILE_SYSTEMS])
def test_what_was_promised_outlives_a_loss_of_power(
    kind: FileSystem, moment: str, camera: SimulatedCamera, tmp_path: Path
) -> None:
    """Right after the answer, nothing has been written back by itself yet."""
    image, copy = tmp_path / "image", tmp_path / "copy"
    images.make(kind, image)
    with images.mounted(kind, image, tmp_path / "disk"):
        root = tmp_path / "disk" / "root"
        with running(camera, root, tmp_path / "service", SETUP) as service:
            service.prepare(SETUP)
            stills = [service.capture(f"key-{number}") for number in range(2)]
            service.look(stills[0])
            if moment != "saved":
                service.delete(stills[0])
            if moment == "restored":
                service.restore(stills[0])
            os.killpg(service.group, signal.SIGSTOP)
            images.copied(image, copy)
            os.killpg(service.group, signal.SIGKILL)
    with images.mounted(kind, copy, tmp_path / "disk", kind.options):
        state = replay.read(root)
    story = Story(tuple((-1, promise) for promise in service.promises))
    known = told(story, 0)
    replay.write(state, tmp_path / "state")
    assert judge(state, known, tmp_path / "state", notifies=True) == []
    run = RecordedRun(SETUP, Recording((), frozenset()), story, service.keys)
    found = CrashState(f"{kind.name} {moment}", kind.name, 0, state, known)
    assert judge_recovered(found, camera, run, tmp_path / "recovered") == []
