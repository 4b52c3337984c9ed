"""Named steps at which a process is killed, and what must be true afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.system.crash.harness import new_key

if TYPE_CHECKING:
    import pytest
    from tests.system.crash.harness import CrashHarness


TIMEOUT_SECONDS = 900
"""Of a test: it dies some twenty times, and starts two processes each time. Each step has a deadline of its own."""
NONE, ONE, MAYBE = {0}, {1}, {0, 1}


@dataclass(frozen=True)
class Point:
    """Where somebody dies, how often that is passed before, and how many exposures there are in the end."""

    name: str
    exposures: set[int]
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.name}-{self.skip}" if self.skip else self.name


def dies(harness: CrashHarness, point: Point) -> str:
    """A capture during which somebody dies at this point; its key."""
    if point.name == "fetch.middle":
        harness.camera.control.fault("stranded_data", amount=100_000)
    key = new_key()
    harness.orders.give(point.name, point.skip)
    harness.capture(key)
    harness.orders.take_back()
    assert harness.orders.reached == point.name, f"nobody has come to {point}; unknown: {harness.orders.unknown}"
    return key


def is_whole(harness: CrashHarness, point: Point, key: str, before: int) -> None:
    """In the end everything is there, once, and the truth is told of it."""
    repeated = harness.capture(key)
    harness.brought_in()
    harness.check()
    harness.check_record(key, repeated)
    assert harness.exposures() - before in point.exposures, harness.report()


def the_service_dies(harness: CrashHarness, points: list[Point], subtests: pytest.Subtests) -> None:
    for point in points:
        with subtests.test(str(point)):
            harness.begin()
            before = harness.exposures()
            key = dies(harness, point)
            harness.wait_for_death()
            harness.start()
            is_whole(harness, point, key, before)


def the_camera_process_dies(harness: CrashHarness, points: list[Point], subtests: pytest.Subtests) -> None:
    for point in points:
        with subtests.test(str(point)):
            # A new one: the recovery ladder waits longer for a camera process that dies again and again.
            harness.kill()
            harness.start()
            harness.begin()
            before = harness.exposures()
            key = dies(harness, point)
            is_whole(harness, point, key, before)
