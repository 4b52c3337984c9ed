"""Sites whose camera and photo root live through all the deaths of a module's tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.system.crash.harness import CrashHarness

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


@contextmanager
def serving(harness: CrashHarness) -> Generator[CrashHarness]:
    """The harness with its service running, for one test; the next test finds what this one leaves."""
    try:
        harness.start()
        harness.begin()
        yield harness
    finally:
        harness.orders.take_back()
        harness.kill()


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashHarness]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield CrashHarness(camera, tmp_path_factory.mktemp("card"))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashHarness]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield CrashHarness(camera, tmp_path_factory.mktemp("raw"), image_format="RAW + L")


@pytest.fixture(scope="module")
def ram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashHarness]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield CrashHarness(camera, tmp_path_factory.mktemp("ram"), "--capture-target", "ram")


@pytest.fixture
def harness(card: CrashHarness) -> Iterator[CrashHarness]:
    """JPEG, to the card."""
    with serving(card):
        yield card


@pytest.fixture
def raw_harness(raw: CrashHarness) -> Iterator[CrashHarness]:
    """RAW+JPEG, to the card."""
    with serving(raw):
        yield raw


@pytest.fixture
def ram_harness(ram: CrashHarness) -> Iterator[CrashHarness]:
    """JPEG, to the camera's RAM."""
    with serving(ram):
        yield ram
