"""Named steps at which a process is killed, and what must be true afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.system.crash.site import new_key

if TYPE_CHECKING:
    import pytest
    from tests.system.crash.site import Site


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


def dies(site: Site, point: Point) -> str:
    """A capture during which somebody dies at this point; its key."""
    if point.name == "fetch.middle":
        site.camera.control.fault("stranded_data", amount=100_000)
    key = new_key()
    site.orders.give(point.name, point.skip)
    site.capture(key)
    site.orders.take_back()
    assert site.orders.reached == point.name, f"nobody has come to {point}; unknown: {site.orders.unknown}"
    return key


def is_whole(site: Site, point: Point, key: str, before: int) -> None:
    """In the end everything is there, once, and the truth is told of it."""
    repeated = site.capture(key)
    site.brought_in()
    site.check()
    site.check_record(key, repeated)
    assert site.exposures() - before in point.exposures, site.report()


def the_service_dies(site: Site, points: list[Point], subtests: pytest.Subtests) -> None:
    for point in points:
        with subtests.test(str(point)):
            site.begin()
            before = site.exposures()
            key = dies(site, point)
            site.wait_for_death()
            site.start()
            is_whole(site, point, key, before)


def the_camera_process_dies(site: Site, points: list[Point], subtests: pytest.Subtests) -> None:
    for point in points:
        with subtests.test(str(point)):
            # A new one: the recovery ladder waits longer for a camera process that dies again and again.
            site.kill()
            site.start()
            site.begin()
            before = site.exposures()
            key = dies(site, point)
            is_whole(site, point, key, before)
