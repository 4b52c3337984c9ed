"""Sites whose camera and photo root live through all the deaths of a module's tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera
from tests.system.crash.site import Site

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


@contextmanager
def serving(site: Site) -> Generator[Site]:
    """The service of a site for one test; what it leaves there is found by the next one."""
    try:
        site.start()
        site.begin()
        yield site
    finally:
        site.orders.take_back()
        site.kill()


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield Site(camera, tmp_path_factory.mktemp("card"))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield Site(camera, tmp_path_factory.mktemp("raw"), image_format="RAW + L")


@pytest.fixture(scope="module")
def ram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield Site(camera, tmp_path_factory.mktemp("ram"), "--capture-target", "ram")


@pytest.fixture
def site(card: Site) -> Iterator[Site]:
    """JPEG, to the card."""
    with serving(card):
        yield card


@pytest.fixture
def raw_site(raw: Site) -> Iterator[Site]:
    """RAW+JPEG, to the card."""
    with serving(raw):
        yield raw


@pytest.fixture
def ram_site(ram: Site) -> Iterator[Site]:
    """JPEG, to the camera's RAM."""
    with serving(ram):
        yield ram
