"""Runs a scenario on the real driver in a process of its own, as the camera process does: killable, own HOME."""

from __future__ import annotations

import multiprocessing
import os
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from photonic.model.capture_options import CaptureOptions
from photonic.worker.link.messages import Capture, Configure, Profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.connection import Connection

    from photonic.drivers.gphoto2.driver import GPhoto2Driver
    from photonic.worker.link.messages import CameraOpened, Event

M = TypeVar("M")
R = TypeVar("R")
GIVE_UP_SECONDS = 60.0
FRAME_SECONDS = 10.0
JPEG, RAW_AND_JPEG = "L", "RAW + L"


class Log:
    """An outbox that keeps messages, frames and announced calls with the time that they took."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.frames: list[bytes] = []
        self.calls: list[tuple[str, float, float]] = []

    def send(self, message: Event) -> None:
        self.sent.append(message)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        # The child loop sends frames; the driver does so only while it waits for a late photo.
        self.frames.append(jpeg)

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.calls.append((call, limit_seconds, time.monotonic() - began))

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.sent if isinstance(message, kind)]

    def overdue(self) -> list[str]:
        """Calls that took longer than they had announced: the parent would have killed the process."""
        return [call for call, limit, took in self.calls if took > limit]


@dataclass
class DriverHarness:
    """What a scenario works with; ``staging`` is an empty directory."""

    driver: GPhoto2Driver
    log: Log
    address: str
    staging: Path

    def open(self, *, capture_target: str = "card", profiles: Profiles | None = None) -> CameraOpened:
        return self.driver.open(
            Configure(
                request=1,
                address=self.address,
                capture_target=capture_target,
                profiles=profiles,
                staging=str(self.staging),
            )
        )

    def use_format(self, image_format: str) -> None:
        """Set what the body saves: no profile does, it is the photographer's choice."""
        session = self.driver._session
        assert session is not None
        session._configuration.write("imageformat", image_format)

    def capture(
        self, capture_id: str, bulb_seconds: float | None = None, settings: dict[str, str] | None = None
    ) -> None:
        command = Capture(
            request=2,
            capture_id=capture_id,
            staging=str(self.staging),
            options=CaptureOptions(bulb_seconds=bulb_seconds, settings=settings or {}),
        )
        self.driver.capture(command, lambda: False)

    def frames(self, count: int) -> list[bytes]:
        """The next whole frames, with the housekeeping that the child loop does between them."""
        until = time.monotonic() + FRAME_SECONDS
        frames: list[bytes] = []
        while len(frames) < count:
            jpeg = self.driver.preview()
            self.driver.settle()
            if jpeg is not None:
                frames.append(jpeg)
                until = time.monotonic() + FRAME_SECONDS
            elif time.monotonic() > until:
                raise AssertionError(f"after {len(frames)} of {count} frames none came for {FRAME_SECONDS:.0f} s")
        return frames

    def idle_until(self, happened: Callable[[], bool]) -> None:
        """Housekeeping alone, until something has happened."""
        until = time.monotonic() + FRAME_SECONDS
        while not happened():
            if time.monotonic() > until:
                raise AssertionError(f"it did not happen within {FRAME_SECONDS:.0f} s")
            self.driver.settle()
            time.sleep(0.02)


def run(scenario: Callable[[DriverHarness], R], address: str, home: Path) -> R:
    """What ``scenario`` returns, run with an unopened driver in a fresh process with its own HOME.

    Raises ``AssertionError`` with the child's traceback, and when the child takes longer than a minute.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_child, args=(scenario, address, str(home), theirs))
    child.start()
    theirs.close()
    try:
        if not ours.poll(GIVE_UP_SECONDS):
            raise AssertionError(f"{scenario} did not end within {GIVE_UP_SECONDS:.0f} s")
        worked, answer = ours.recv()
    except EOFError as error:
        child.join(5.0)
        raise AssertionError(f"{scenario} ended its process with status {child.exitcode}") from error
    finally:
        ours.close()
        child.join(5.0)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()
    if not worked:
        raise AssertionError(answer)
    return answer


def _child(scenario: Callable[[DriverHarness], R], address: str, home: str, answer: Connection) -> None:
    os.environ["HOME"] = home
    os.environ["XDG_CONFIG_HOME"] = home
    from photonic.drivers.gphoto2.driver import GPhoto2Driver  # noqa: PLC0415

    log = Log()
    driver = GPhoto2Driver(log)
    staging = Path(home) / "staging"
    staging.mkdir()
    try:
        result = scenario(DriverHarness(driver, log, address, staging))
        driver.close()
        overdue = log.overdue()
        if overdue:
            answer.send((False, f"calls took longer than announced: {overdue}"))
            return
    except BaseException:  # noqa: BLE001  whatever it is, the test in the parent has to see it
        answer.send((False, traceback.format_exc()))
        return
    answer.send((True, result))
