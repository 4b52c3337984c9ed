"""What the real service makes of a state: started on it, with the camera, and its card, of the recorded run."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from tests.crash import replay
from tests.crash.judge import STAGING
from tests.crash.promises import Said
from tests.crash.recorder import strace_command
from tests.crash.scenario import LONGEST_SECONDS, RunningService, running
from tests.crash.violation import Violation
from tests.support.simulated import QUICK, SimulatedCamera, simulated_camera
from tests.support.waiting import until

from photonic.model.gallery import capture_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    import httpx2
    from tests.crash.campaign import CrashState
    from tests.crash.scenario import RecordedRun
    from tests.crash.setup import Setup

MEGAPIXELS = 0.2
LAST_LINES = 25
"""Of the service's log."""


@contextmanager
def camera_with_memory() -> Generator[SimulatedCamera]:
    """A simulated camera whose card ``card_as_it_was`` can turn back."""
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS, module="tests.crash.remembering_camera") as camera:
        yield camera


def card_as_it_was(camera: SimulatedCamera, deleted: int) -> None:
    """Put every file back on the card but those that were deleted first, so many."""
    process = camera.process
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{deleted}\n")
    process.stdin.flush()
    process.stdout.readline()


def judge_recovered(state: CrashState, camera: SimulatedCamera, run: RecordedRun, work: Path) -> list[Violation]:
    """Every promise that is broken after the service has recovered from a state.

    The card has what it had at that moment, and the photos that were taken after it: to the service photos that the
    body's button took meanwhile.

    Args:
        state: One in which something was promised: before that the service has no card to compare with.
        camera: Of the recorded run, still running.
        run: The run.
        work: A folder for this state.
    """
    root = (work / "photos").resolve()
    replay.write(state.state, root)
    card_as_it_was(camera, run.deleted_before + len(state.told.only_here) if run.setup.deletes else 0)
    before = () if run.setup.hard_links else strace_command(work / "trace", hard_links=False)
    with running(camera, root, work / "service", run.setup, before=before) as service:
        try:
            until(lambda: _is_settled(service, root, run.setup), LONGEST_SECONDS, lambda: _report(service, root))
        except AssertionError as error:
            said = "\n".join((work / "service" / "service.log").read_text().splitlines()[-LAST_LINES:])
            return [Violation("the service has every photo of the card in the end", f"{error}\n{said}")]
        return list(_broken(state, service, root, run))


def _is_settled(service: RunningService, root: Path, setup: Setup) -> bool:
    """Staging is empty, and every file that was ever on the card is in the index."""
    wanted = 0 if setup.target == "ram" else len(service.camera.journal("added"))
    deleted = len(service.deleted()) * (1 + setup.raw)
    return len(service.photos()) + deleted >= wanted and not _staged(root)


def _staged(root: Path) -> list[str]:
    return [str(path) for path in (root / STAGING).rglob("*") if path.is_file()]


def _report(service: RunningService, root: Path) -> str:
    return f"{len(service.photos())} photos, {len(service.deleted())} deleted, staged: {_staged(root)}"


def _broken(state: CrashState, service: RunningService, root: Path, run: RecordedRun) -> Iterator[Violation]:
    keys = run.keys
    photos, deleted = service.photos(), service.deleted()
    for capture_id, promise in state.told.last.items():
        hashes = frozenset(photo["sha256"] for photo in photos if capture_of(photo["id"]) == capture_id)
        if promise.said is not Said.DELETED and capture_id not in state.told.open and hashes != promise.hashes:
            yield Violation("a promised photo is in the index after recovery", f"{capture_id}: {hashes}")
        if promise.said is Said.DELETED and capture_id not in state.told.open and capture_id not in deleted:
            yield Violation("a deleted photo is in the trash after recovery", capture_id)
        pressed = len(service.camera.journal("pressed"))
        if capture_id in keys and (again := service.ask(keys[capture_id])) != capture_id:
            yield Violation("a key has one capture", f"{keys[capture_id]} was {capture_id}, and is {again}")
        if len(service.camera.journal("pressed")) != pressed:
            yield Violation("a key exposes once", keys[capture_id])
    for sha256, count in Counter(photo["sha256"] for photo in photos).items():
        if count > 1:
            yield Violation("each photo is in the index once after recovery", f"{sha256}, {count} times")
    there = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and not path.relative_to(root).parts[0].startswith(".")
    }
    there = {path: sha256 for path, sha256 in there.items() if sha256 not in run.story.foreign}
    recorded = {photo["path"]: photo["sha256"] for photo in photos}
    if there != recorded:
        more, fewer = there.items() - recorded.items(), recorded.items() - there.items()
        yield Violation(
            "the folder has what the index has, after recovery", f"only in the folder: {more}; not there: {fewer}"
        )
    for photo in photos:
        if (why := _fault(service.thumbnail(photo["id"]))) is not None:
            yield Violation("each photo has a thumbnail that is whole", f"{photo['path']}: {why}")


def _fault(thumbnail: httpx2.Response) -> str | None:
    if thumbnail.status_code != 200:
        return thumbnail.text[:200]
    try:
        with Image.open(BytesIO(thumbnail.content)) as picture:
            picture.load()
    except OSError as error:
        return f"{len(thumbnail.content)} bytes: {error}"
    return None
