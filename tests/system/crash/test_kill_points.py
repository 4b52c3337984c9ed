"""``kill -9`` of the service and of the camera process at every step of a capture: nothing is lost, nothing twice.

The camera and the photo root live on through all of it: each test also checks that all photos of the tests before it
are still there, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.system.crash.site import new_key

if TYPE_CHECKING:
    from tests.system.crash.site import Site

TIMEOUT_SECONDS = 900
"""Of a test: it dies some twenty times, and starts two processes each time. Each step has a deadline of its own."""
pytestmark = [pytest.mark.long, pytest.mark.timeout(TIMEOUT_SECONDS)]

NONE, ONE, MAYBE = {0}, {1}, {0, 1}


@dataclass(frozen=True)
class Point:
    """Where somebody dies, how often that is passed before, and how many exposures there are in the end."""

    name: str
    exposures: set[int]
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.name}-{self.skip}" if self.skip else self.name


# Deaths of the service, along the path of a capture: one in each gap between two steps, and those inside of a
# transaction. The camera process goes with it. Before the intent, the same key asks anew, and that takes the photo.
SERVICE = [
    Point("intend.before", ONE),
    Point("transaction.after", ONE),
    Point("intend.after", NONE),
    Point("make_staging.before", NONE),
    Point("make_staging.after", NONE),
    Point("told_preparing.before", MAYBE),
    Point("told_exposing.before", MAYBE),
    Point("told_exposing.after", MAYBE),
    Point("told_downloading.before", ONE),
    Point("told_staged.before", ONE),
    Point("told_captured.before", ONE),
    Point("command.after", ONE),
    Point("record_staged.after", ONE),
    Point("check_whole.after", ONE),
    Point("claim.after", ONE),
    Point("flush.after", ONE),
    Point("transaction.after", ONE, skip=1),
    Point("record_end.after", ONE),
    Point("clear.after", ONE),
    Point("answer.after", ONE),
]

# Deaths of the camera process alone: the service lives on, and its capture ends.
CAMERA_PROCESS = [
    Point("say_preparing.after", NONE),
    Point("say_exposing.after", NONE),
    Point("trigger.before", NONE),
    Point("trigger.after", ONE),
    Point("object_added.after", ONE),
    Point("say_downloading.after", ONE),
    Point("fetch.before", ONE),
    Point("fetch.middle", ONE),
    Point("fetch.half_written", ONE),
    Point("fetch.after", ONE),
    Point("say_staged.before", ONE),
    Point("say_staged.after", ONE),
    Point("say_captured.before", ONE),
    Point("say_captured.after", ONE),
]

# Two files a shot: between the first and the second.
RAW_SERVICE = [
    Point("told_staged.after", ONE),
    Point("told_staged.after", ONE, skip=1),
    Point("check_whole.after", ONE),
    Point("claim.after", ONE),
    Point("claim.after", ONE, skip=1),
    Point("transaction.after", ONE, skip=1),
]
RAW_CAMERA_PROCESS = [
    Point("trigger.after", ONE),
    Point("say_staged.before", ONE),
    Point("say_staged.after", ONE),
    Point("object_added.after", ONE, skip=1),
    Point("fetch.half_written", ONE, skip=1),
    Point("say_staged.before", ONE, skip=1),
]


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


def test_the_service_dies_at_each_step(site: Site, subtests: pytest.Subtests) -> None:
    the_service_dies(site, SERVICE, subtests)


def test_the_camera_process_dies_at_each_step(site: Site, subtests: pytest.Subtests) -> None:
    the_camera_process_dies(site, CAMERA_PROCESS, subtests)


def test_the_service_dies_between_raw_and_jpeg(raw_site: Site, subtests: pytest.Subtests) -> None:
    the_service_dies(raw_site, RAW_SERVICE, subtests)


def test_the_camera_process_dies_between_raw_and_jpeg(raw_site: Site, subtests: pytest.Subtests) -> None:
    the_camera_process_dies(raw_site, RAW_CAMERA_PROCESS, subtests)
