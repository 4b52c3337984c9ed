"""What the real service makes of a state: started on it, with the camera, and its card, of the recorded run."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from tests.crash import replay
from tests.crash.judge import STAGING, Violation
from tests.crash.promises import Said
from tests.crash.scenario import LONGEST_SECONDS, RunningService, running
from tests.support.waiting import until

from photonic.model.gallery import capture_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.crash.campaign import CrashState
    from tests.support.simulated import SimulatedCamera


def judge_recovered(
    state: CrashState, camera: SimulatedCamera, keys: dict[str, str], work: Path, *options: str
) -> list[Violation]:
    """Every promise that is broken after the service has recovered from a state.

    The card has every photo of the run. Those that were taken after the loss of power are to the service photos that
    the body's button took meanwhile.

    Args:
        state: One in which something was promised: before that the service has no card to compare with.
        camera: Of the recorded run, still running.
        keys: The idempotency key of each capture.
        work: A folder for this state.
        options: Of ``photonic serve``, as in the run.
    """
    root = (work / "photos").resolve()
    replay.write(state.state, root)
    with running(camera, root, work / "service", *options) as service:
        until(lambda: _is_settled(service, root, *options), LONGEST_SECONDS, lambda: _report(service, root))
        return list(_broken(state, service, root, keys))


def _is_settled(service: RunningService, root: Path, *options: str) -> bool:
    """Staging is empty, and every photo that is on the card is in the index."""
    wanted = 0 if "ram" in options else len(service.camera.journal("added"))
    return len(service.photos()) + len(service.deleted()) >= wanted and not _staged(root)


def _staged(root: Path) -> list[str]:
    return [str(path) for path in (root / STAGING).rglob("*") if path.is_file()]


def _report(service: RunningService, root: Path) -> str:
    return f"{len(service.photos())} photos, {len(service.deleted())} deleted, staged: {_staged(root)}"


def _broken(state: CrashState, service: RunningService, root: Path, keys: dict[str, str]) -> Iterator[Violation]:
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
    recorded = {photo["path"]: photo["sha256"] for photo in photos}
    if there != recorded:
        more, fewer = there.items() - recorded.items(), recorded.items() - there.items()
        yield Violation(
            "the folder has what the index has, after recovery", f"only in the folder: {more}; not there: {fewer}"
        )
