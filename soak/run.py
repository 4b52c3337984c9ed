"""One soak from its start to its outcome."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.proxy import fault_proxy

from photonic import CameraClient
from photonic.errors import ServiceError
from photonic.model.saved import SaveLevel
from soak import budgets, hook
from soak.disturber import Disturber
from soak.evidence import CameraJournal, Evidence, files_below, hashes_below
from soak.history import Cleared, Finished, History, Staged, Started
from soak.plan import USERS, VIEWERS, plan
from soak.rig import Rig, rig
from soak.users import Goal, User
from soak.viewers import Viewer
from soak.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from soak.history import AnyMoment

HISTORY = "history.jsonl"
CAMERA_JOURNAL = "camera.jsonl"
INDEX = "index.json"
PHOTOS = "photos"
PROGRESS_SECONDS = 10.0
FIRST_PICTURE_SECONDS = 60.0
POLL_SECONDS = 0.25
PAGE = 200
SECONDS_A_CAPTURE = 8.0
SPARE_SECONDS = 600.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do: ``captures`` saved photos, or ``hours``; ``lanes`` plans at once; ``only`` these events. A second
    of two ``cards`` gets a copy of each file. ``usb``: the camera is on a simulated USB bus."""

    seed: int
    captures: int | None
    hours: float | None
    faults: bool
    lanes: int = 1
    megapixels: float = 0.5
    only: frozenset[str] = frozenset()
    cards: int = 2
    usb: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """History and evidence to judge, and the number of events by name."""

    history: list[AnyMoment]
    evidence: Evidence
    done: dict[str, int]


class Soak:
    """A run in ``folder``. Raises ``RuntimeError`` when the system did not start."""

    def __init__(self, wanted: Wanted, folder: Path, history: History, whole: Rig) -> None:
        self._wanted = wanted
        self._folder = folder
        self._history = history
        self._rig = whole
        self._goal = _goal(wanted)
        self._witness = Witness(whole, history)
        self._viewers: list[Viewer] = []
        self._users: list[User] = []
        self._index: list[CaptureRecord] = []
        self._background: list[asyncio.Task[None]] = []
        self._since = 0.0
        self._verified: str | None = None

    async def run(self) -> Outcome:
        """Everything, up to the evidence."""
        wanted = self._wanted
        began = Started(
            at=time.monotonic(),
            seed=wanted.seed,
            faults=wanted.faults,
            captures=wanted.captures,
            hours=wanted.hours,
            usb=wanted.usb,
        )
        self._history.add(began)
        await self._rig.start()
        async with AsyncExitStack() as links, asyncio.TaskGroup() as tasks:
            await self._arrange(links)
            disturber = Disturber(self._rig, self._viewers, self._users, self._history, self._goal)
            self._background = [
                tasks.create_task(work)
                for work in (
                    self._witness.run(),
                    *(viewer.run() for viewer in self._viewers),
                    self._progress(disturber),
                )
            ]
            try:
                await self._until(self._all_see, FIRST_PICTURE_SECONDS, "no viewer saw a picture at the beginning")
                await self._disturbed(disturber)
                await self._to_rest(disturber)
            finally:
                for task in self._background:
                    task.cancel()
        await self._rig.stop()
        self._verified = await self._rig.verify()
        self._history.add(Staged(at=time.monotonic(), files=self._rig.staged_files()))
        return Outcome(self._history.moments, self._evidence(), disturber.done)

    def end_soon(self) -> None:
        """End the run as if its time were over."""
        self._goal.ends_at = time.monotonic()

    async def _arrange(self, links: AsyncExitStack) -> None:
        for number in range(VIEWERS):
            proxy = await links.enter_async_context(fault_proxy(self._rig.port))
            self._viewers.append(Viewer(number, proxy, self._history))
        for number in range(USERS):
            proxy = await links.enter_async_context(fault_proxy(self._rig.port))
            self._users.append(User(number, proxy, self._history, self._goal, self._wanted.seed))

    async def _disturbed(self, disturber: Disturber) -> None:
        """Photos and events, until the goal is reached."""
        wanted = self._wanted
        lanes: list[Coroutine[None, None, None]] = []
        if wanted.faults:
            # The lanes of one seed are plans of their own.
            seeds = (wanted.seed * 1000 + lane if lane else wanted.seed for lane in range(wanted.lanes))
            lanes = [disturber.carry_out(plan(seed, only=wanted.only, usb=wanted.usb)) for seed in seeds]
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes:
                tasks.create_task(lane)
            async with asyncio.TaskGroup() as users:
                for user in self._users:
                    users.create_task(user.run())
            disturber.enough.set()

    async def _to_rest(self, disturber: Disturber) -> None:
        await disturber.come_to_rest()
        self._since = time.monotonic()
        self._history.add(Cleared(at=self._since))
        await self._until(self._quiet, budgets.QUIET_SECONDS)
        await disturber.reconnect()
        # Earlier observations do not show the current state.
        self._since = time.monotonic()
        deadline = time.monotonic() + budgets.RECONCILE_SECONDS
        while True:
            await self._until(self._quiet, budgets.RECONCILE_SECONDS)
            self._index = await self._read_index()
            files = sum(len(record.files) for record in self._index)
            told = {run.capture_id for run in hook.read(self._rig.hooked) or ()}
            all_told = all(record.id in told for record in self._index if record.files)
            copied = self._rig.second_root is None or all(
                record.saved is SaveLevel.SECOND for record in self._index if record.files
            )
            if (files >= len(self._journal().on_card) and all_told and copied) or time.monotonic() > deadline:
                break
            await asyncio.sleep(1.0)
        self._history.add(Finished(at=time.monotonic()))

    async def _read_index(self) -> list[CaptureRecord]:
        records: list[CaptureRecord] = []
        cursor: str | None = None
        async with CameraClient(self._rig.url) as client:
            while True:
                try:
                    page = await client.captures(cursor=cursor, limit=PAGE)
                except ServiceError as error:
                    self._history.note(f"the index could not be read: {error.reason}")
                    return records
                records += page.captures
                cursor = page.next_cursor
                if cursor is None:
                    return records

    def _journal(self) -> CameraJournal:
        with (self._folder / CAMERA_JOURNAL).open(encoding="utf-8") as lines:
            return CameraJournal.read(lines)

    def _evidence(self) -> Evidence:
        lasting = self._rig.lasting()
        copies = hashes_below(self._rig.second_root)
        facts = {
            "captures": [record.model_dump(mode="json") for record in self._index],
            "lasting": lasting,
            "copies": copies,
            "verified": self._verified,
        }
        (self._folder / INDEX).write_text(json.dumps(facts))
        files, hooked = files_below(self._rig.photo_root), hook.read(self._rig.hooked)
        return Evidence(self._journal(), self._index, files, lasting, hooked, copies, self._verified)

    def _all_see(self) -> bool:
        return all(viewer.fresh and viewer.seen_at > self._since for viewer in self._viewers)

    def _quiet(self) -> bool:
        status = self._witness.status
        return status is not None and status.at > self._since and self._witness.at_rest and self._all_see()

    async def _until(self, condition: Callable[[], bool], seconds: float, or_else: str | None = None) -> None:
        """Waits for a condition; when it does not come, goes on, or raises ``RuntimeError`` with ``or_else``."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                if or_else is not None:
                    raise RuntimeError(f"{or_else}, within {seconds:.0f} s: see {self._rig.log}")
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _progress(self, disturber: Disturber) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            self._history.flush()
            goal, status = self._goal, self._witness.status
            said = "no status" if status is None else f"{status.camera}/{status.live}, rung {status.rung}"
            states = " ".join(viewer.state for viewer in self._viewers)
            print(
                f"{time.monotonic() - began:7.0f} s  saved {goal.saved} of {goal.asked} asked, {goal.failed} failed; "
                f"{sum(disturber.done.values())} events; {said}; viewers {states}",
                flush=True,
            )


def _goal(wanted: Wanted) -> Goal:
    seconds = (
        wanted.hours * 3600 if wanted.hours is not None else (wanted.captures or 0) * SECONDS_A_CAPTURE + SPARE_SECONDS
    )
    return Goal(wanted.captures, time.monotonic() + seconds)


async def soak(wanted: Wanted, folder: Path) -> Outcome:
    """Run in ``folder``; what is to be judged. The first SIGINT or SIGTERM ends it as if the time were over."""
    with rig(folder, wanted.megapixels, wanted.cards, usb=wanted.usb) as whole, (folder / HISTORY).open("wb") as file:
        run = Soak(wanted, folder, History(file), whole)
        loop = asyncio.get_running_loop()

        def end() -> None:
            print("ending; press again to abort", flush=True)
            run.end_soon()
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

        for number in _SIGNALS:
            loop.add_signal_handler(number, end)
        return await run.run()
