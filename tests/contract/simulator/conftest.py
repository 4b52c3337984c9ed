"""A simulated camera as a process, and the clients that judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.gphoto2_command import GPhoto2
from tests.support.simulated import MEGAPIXELS, QUICK, simulated_camera

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera


@pytest.fixture
def camera() -> Iterator[SimulatedCamera]:
    """With a card."""
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield camera


@pytest.fixture(scope="module")
def kept_camera() -> Iterator[SimulatedCamera]:
    """One for all tests of a module that change nothing but settings."""
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield camera


@pytest.fixture
def without_card() -> Iterator[SimulatedCamera]:
    """Photos can only go to the RAM."""
    with simulated_camera(*QUICK, "--no-card", megapixels=MEGAPIXELS) as camera:
        yield camera


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where clients put photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home for libgphoto2's settings."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def gphoto2(camera: SimulatedCamera, home: Path, folder: Path) -> GPhoto2:
    """The command on the camera with a card."""
    return GPhoto2(camera.port, home, folder)
