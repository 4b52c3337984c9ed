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

NONE, ONE, MAYBE = {0}, {1}, {0, 1}


@dataclass(frozen=True)
class Point:
    """Where somebody dies, how often that is passed before, and how many exposures there are in the end."""

    name: str
    exposures: set[int]
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.name}-{self.skip}" if self.skip else self.name


# Deaths of the service, along the path of a capture. The camera process goes with it.
SERVICE = [
    Point("check_root.after", ONE),  # before the intent: the same key asks anew, and that takes the photo
    Point("intend.before", ONE),
    Point("transaction.after", ONE),
    Point("intend.after", NONE),
    Point("check_root.before", NONE, skip=1),
    Point("check_root.after", NONE, skip=1),
    Point("make_staging.before", NONE),
    Point("make_staging.after", NONE),
    Point("command.before", NONE),
    Point("told_preparing.before", MAYBE),
    Point("told_exposing.before", MAYBE),
    Point("told_exposing.after", MAYBE),
    Point("told_downloading.before", ONE),
    Point("told_downloading.after", ONE),
    Point("told_staged.before", ONE),
    Point("told_staged.after", ONE),
    Point("told_captured.before", ONE),
    Point("told_captured.after", ONE),
    Point("command.after", ONE),
    Point("record_staged.before", ONE),
    Point("record_staged.after", ONE),
    Point("bring_in.before", ONE),
    Point("check_whole.before", ONE),
    Point("check_whole.after", ONE),
    Point("claim_all.before", ONE),
    Point("claim.before", ONE),
    Point("claim.after", ONE),
    Point("claim_all.after", ONE),
    Point("flush.before", ONE),
    Point("flush.after", ONE),
    Point("bring_in.after", ONE),
    Point("record_end.before", ONE),
    Point("transaction.before", ONE, skip=1),
    Point("transaction.after", ONE, skip=1),
    Point("record_end.after", ONE),
    Point("clear.before", ONE),
    Point("clear.after", ONE),
    Point("answer.before", ONE),
    Point("answer.after", ONE),
]

# Deaths of the camera process alone: the service lives on, and its capture ends.
CAMERA_PROCESS = [
    Point("say_preparing.after", NONE),
    Point("say_exposing.before", NONE),
    Point("say_exposing.after", NONE),
    Point("trigger.before", NONE),
    Point("trigger.after", ONE),
    Point("object_added.after", ONE),
    Point("say_downloading.after", ONE),
    Point("ask_size.before", ONE),
    Point("fetch.before", ONE),
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
    Point("record_staged.before", ONE),
    Point("check_whole.after", ONE),
    Point("claim.after", ONE),
    Point("claim.after", ONE, skip=1),
    Point("record_end.before", ONE),
    Point("transaction.after", ONE, skip=1),
]
RAW_CAMERA_PROCESS = [
    Point("trigger.after", ONE),
    Point("say_staged.before", ONE),
    Point("say_staged.after", ONE),
    Point("object_added.after", ONE, skip=1),
    Point("fetch.half_written", ONE, skip=1),
    Point("say_staged.before", ONE, skip=1),
    Point("say_staged.after", ONE, skip=1),
]


def dies(site: Site, point: Point) -> str:
    """A capture during which somebody dies at this point; its key."""
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


@pytest.mark.parametrize("point", SERVICE, ids=str)
def test_the_service_dies(site: Site, point: Point) -> None:
    before = site.exposures()
    key = dies(site, point)
    site.wait_for_death()
    site.start()
    is_whole(site, point, key, before)


@pytest.mark.parametrize("point", CAMERA_PROCESS, ids=str)
def test_the_camera_process_dies(site: Site, point: Point) -> None:
    before = site.exposures()
    key = dies(site, point)
    is_whole(site, point, key, before)


def test_the_camera_process_dies_in_the_middle_of_the_cameras_data(site: Site) -> None:
    before = site.exposures()
    point = Point("fetch.middle", ONE)
    site.camera.control.fault("stranded_data", amount=100_000)
    key = dies(site, point)
    is_whole(site, point, key, before)


@pytest.mark.parametrize("point", RAW_SERVICE, ids=str)
def test_the_service_dies_during_raw_and_jpeg(raw_site: Site, point: Point) -> None:
    test_the_service_dies(raw_site, point)


@pytest.mark.parametrize("point", RAW_CAMERA_PROCESS, ids=str)
def test_the_camera_process_dies_during_raw_and_jpeg(raw_site: Site, point: Point) -> None:
    test_the_camera_process_dies(raw_site, point)
