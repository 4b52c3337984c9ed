"""Where a case is played: a shared stack, a viewer, a witness, a client, and a clock that all processes share."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from tests.contract.faults.row import WELL, Setup
from tests.support.simulated import simulated_camera
from tests.support.stack import Stack, frame_after, stack
from tests.support.usb_bus import usb_bus
from tests.support.waiting import taken_in_the_end, until_answer, until_true
from tests.support.witness import Witness

from photonic import CameraClient, LiveView, ServiceError
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path
    from types import TracebackType

    from tests.contract.faults.row import Case

    from photonic.errors import FailureKind
    from photonic.model.api import CaptureAnswer

HEALS_WITHIN_SECONDS = 40.0

RAW_AND_JPEG = """
import sys, gphoto2 as gp
ports = gp.PortInfoList(); ports.load()
camera = gp.Camera()
abilities = gp.CameraAbilitiesList(); abilities.load()
camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
camera.set_port_info(ports[ports.lookup_path(sys.argv[1])])
camera.init()
widget = camera.get_single_config("imageformat")
widget.set_value("RAW + L")
camera.set_single_config("imageformat", widget)
camera.exit()
"""
"""The photographer's choice on the body: the image format is no setting of the service."""

_numbers = count(1)


class SharedStack:
    """The stack of the setup that was asked for last; the next setup takes its place."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._setup: Setup | None = None
        self._stack: Stack | None = None
        self._running = ExitStack()

    def stack(self, setup: Setup) -> Stack:
        """The running stack for this setup."""
        if self._stack is None or self._setup is not setup:
            self.close()
            directory = self._directory / setup.name.lower()
            directory.mkdir(exist_ok=True)
            self._stack = self._running.enter_context(_stack(setup, directory))
            self._setup = setup
        return self._stack

    def close(self) -> None:
        """End it."""
        self._stack = None
        self._running.close()


@contextmanager
def _stack(setup: Setup, directory: Path) -> Generator[Stack]:
    photos = directory / "photos"
    match setup:
        case Setup.CARD:
            with stack(photos) as whole:
                yield whole
        case Setup.TWO_CARDS:
            with stack(photos, camera=("--second-card", "backup")) as whole:
                yield whole
        case Setup.RAM:
            with stack(photos, "--capture-target", "ram") as whole:
                yield whole
        case Setup.USB:
            with usb_bus("--speed", "4", "--device", "canon,port=2.1", megapixels=1.0) as bus, bus.seen():
                whole = Stack(bus.camera, photos, ())
                try:
                    whole.start_service()
                    yield whole
                finally:
                    whole.stop_service()
        case Setup.RAW:
            with simulated_camera("--speed", "4") as camera:
                home = directory / "home"
                home.mkdir()
                subprocess.run(
                    [sys.executable, "-c", RAW_AND_JPEG, f"{camera.address}:{camera.port}"],
                    check=True, timeout=30, env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
                )  # fmt: skip
                whole = Stack(camera, photos, ())
                try:
                    whole.start_service()
                    yield whole
                finally:
                    whole.stop_service()


class FaultHarness:
    """One case's time on a shared stack; the journal that it reads begins with it.

    ``began`` and ``ended`` are those of the fault, in seconds of CLOCK_MONOTONIC, which is the camera's clock too.
    """

    def __init__(self, whole: Stack) -> None:
        self.whole = whole
        self.control = whole.camera.control
        self.client = CameraClient(whole.url)
        self.view = LiveView(whole.url, scale="full")
        self.witness = Witness(whole.url)
        self.began = self.ended = 0.0
        self._mark = 0
        self._witnessing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        self.control.clear()
        # A new supervisor: what earlier cases have spent of the ladder is not this one's.
        await self.client.disconnect()
        await self.client.connect()
        await self.view.__aenter__()
        self._witnessing = asyncio.get_running_loop().create_task(self.witness.read())
        await frame_after(self.view, self.now_us(), HEALS_WITHIN_SECONDS)
        await self.witness.until_last(WELL)
        self._mark = self.control.journal()[-1]["n"]
        self.witness.forget()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.control.clear()
            witnessing = self._witnessing
            if witnessing is not None:
                witnessing.cancel()
                await asyncio.wait([witnessing])
                if error is None and not witnessing.cancelled():
                    witnessing.result()
        finally:
            await self.view.__aexit__(kind, error, trace)
            await self.client.__aexit__(kind, error, trace)

    # The fault.

    def fault(self, name: str, **how: Any) -> None:
        """Have the camera misbehave; ``how`` as ``Control.fault`` takes it. This is the fault's begin."""
        self.begin()
        self.control.fault(name, **how)
        if how.get("seconds") is not None and how.get("start", "now") == "now":
            self.ended = self.began + how["seconds"]

    def begin(self) -> None:
        """The fault begins now, and ends now unless something else is said."""
        self.began = self.ended = time.monotonic()

    def end(self, name: str | None = None) -> None:
        """The fault ends now; ``name``: one of the camera's."""
        if name is not None:
            self.control.clear(name)
        self.ended = time.monotonic()

    async def spent(self, name: str) -> None:
        """Waits until a counted or timed fault of the camera is over; this was its end."""
        await until_true(lambda: bool(self._entries("fault_end", name=name)), HEALS_WITHIN_SECONDS)
        self.began = self._entries("fault_begin", name=name)[0]["at_us"] / 1e6
        self.ended = self._entries("fault_end", name=name)[-1]["at_us"] / 1e6

    # Captures.

    async def take(self, *, without_autofocus: bool = False) -> CaptureAnswer:
        """A capture that succeeds; ``without_autofocus``: where there is no focus, taken all the same."""
        answer = await self.client.capture("guest", next(_numbers), retry_without_autofocus=without_autofocus)
        assert answer.success
        return answer

    async def refused(self, *kinds: FailureKind) -> ServiceError:
        """A capture that fails, for one of these reasons, in words."""
        try:
            answer = await self.client.capture("guest", next(_numbers))
        except ServiceError as error:
            assert error.kind in kinds, f"{error.kind}: {error.reason}"
            assert error.reason
            return error
        raise AssertionError(f"the capture was to fail, and did not: {answer}")

    async def take_in_the_end(self) -> CaptureAnswer:
        """A capture that succeeds after all; those before it are refused, with a reason."""
        return await taken_in_the_end(self.take, HEALS_WITHIN_SECONDS)

    # What there is.

    async def files_of(self, capture_id: str, count: int) -> None:
        """Waits until a capture has so many files, all of one exposure."""
        record = await until_answer(
            lambda: self.client.get_capture(capture_id), lambda found: len(found.files) >= count, HEALS_WITHIN_SECONDS
        )
        assert {file.path.rpartition(".")[0] for file in record.files} == {record.files[0].path.rpartition(".")[0]}

    @staticmethod
    def now_us() -> int:
        """The camera's clock."""
        return int(time.monotonic() * 1e6)

    def journal(self, event: str) -> list[dict[str, Any]]:
        """The camera's journal of this case: the entries of one kind."""
        return self._entries(event)

    def _entries(self, event: str, **facts: object) -> list[dict[str, Any]]:
        return [
            entry
            for entry in self.control.journal(self._mark)
            if entry["event"] == event and facts.items() <= entry.items()
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for a thing that nobody tells."""
        await until_true(condition, HEALS_WITHIN_SECONDS)

    # The end of a case.

    async def conclude(self, case: Case) -> dict[str, float]:
        """Live view is fresh, everything that was told is true and in order, no photo is missing. Gives the seconds
        to the first fresh frame, from the fault's begin and from its end, and the highest rung that was told."""
        await frame_after(self.view, int(self.ended * 1e6), HEALS_WITHIN_SECONDS)
        fresh = await self.witness.first_after(int(self.ended * 1e6))
        await self.witness.until_last(WELL)
        self.witness.assert_order((*case.sees, WELL))
        self.witness.assert_truth()
        await self._all_photos_are_in()
        return {
            "from_begin": round(fresh - self.began, 1),
            "from_end": round(fresh - self.ended, 1),
            "rung": max(snapshot.camera.rung for snapshot in self.witness.snapshots),
        }

    def _on_disk(self) -> list[Path]:
        root = self.whole.photo_root
        files = (path for path in root.rglob("*") if path.is_file())
        return [path for path in files if not any(part.startswith(".") for part in path.relative_to(root).parts)]

    async def _all_photos_are_in(self) -> None:
        """Every exposure since the stack's start is on the disk, whole, and in the index: each file once."""

        async def missing() -> str | None:
            taken = self.whole.camera.journal("exposed")
            gone = {entry["name"] for entry in self.whole.camera.journal("lost")}
            files = [(entry["counter"], name) for entry in taken for name in entry["files"] if name not in gone]
            jpegs = sorted(counter for counter, name in files if name.casefold().endswith("jpg"))
            on_disk = self._on_disk()
            counters = sorted(_counter(path) for path in on_disk if path.suffix == ".jpg")
            if counters != jpegs:
                return f"exposed {jpegs}, on the disk {counters}"
            if len(on_disk) != len(files):
                return f"{len(files)} files were made, on the disk are {[path.name for path in on_disk]}"
            # A file is in its place a moment before its row is.
            return await self._not_indexed()

        await until_answer(missing, lambda problem: problem is None, HEALS_WITHIN_SECONDS)

    async def _not_indexed(self) -> str | None:
        indexed, files = {photo.path for photo in await self.client.photos(limit=200)}, len(self._on_disk())
        return None if len(indexed) == files else f"{files} files, {len(indexed)} in the index"


@lru_cache
def _counter(path: Path) -> int:
    """The number of the exposure that a photo shows; photos are renamed into place whole, and never change."""
    return pixels.read(path.read_bytes()).counter
