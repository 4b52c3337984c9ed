"""What libgphoto2 has misread of the card it remembers: the session ends, and the next one finds every photo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.harness import run
from tests.support.usb_bus import camera_on

from photonic.drivers.gphoto2.faults import LostTrack
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera

    from photonic.simulator.control import ControlClient


@pytest.fixture(scope="module")
def camera(transport: str) -> Iterator[SimulatedCamera]:
    with camera_on(transport, "--speed", "8", "--body", "generic") as running:
        yield running


def _misread(harness: DriverHarness, control: ControlClient, listed_before: str | None, seed: int) -> tuple[str, bool]:
    """The card is listed while the camera's answers are mutated; then a photo is taken without mutations."""
    harness.open()
    session = harness.driver._session
    assert session is not None
    if listed_before is not None:
        session._camera.folders(listed_before)
    control.fault("garble", amount=seed)
    if listed_before is None:
        harness.driver.list_card()
    else:
        session._camera.folders(f"{listed_before}/DCIM")
    control.clear("garble")
    try:
        harness.capture("c1")
    except LostTrack as error:
        return error.reason, harness.driver.reopenable(error)
    raise AssertionError("the photo was found: another seed is needed")


def _afterwards(harness: DriverHarness) -> tuple[list[str], list[str]]:
    """The names on the card, and of a photo that is taken then."""
    harness.open()
    names = [found.name for found in harness.driver.list_card().objects]
    harness.capture("c2")
    return names, [staged.name for staged in harness.log.of(Staged)]


@pytest.mark.parametrize(
    ("listed_before", "seed", "reason"),
    [
        pytest.param("/store_00020001", 1001, ", but it is not found", id="a folder without a name"),
        pytest.param(None, 23, "the report of one may be lost", id="a folder without a place"),
    ],
)
def test_the_next_session_has_the_photo_that_a_misread_card_hid(
    camera: SimulatedCamera, tmp_path: Path, listed_before: str | None, seed: int, reason: str
) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    scenario = partial(_misread, control=camera.control, listed_before=listed_before, seed=seed)
    told, reopenable = run(scenario, camera.address, tmp_path / "first")
    assert reason in told
    assert reopenable
    listed, taken = run(_afterwards, camera.address, tmp_path / "second")
    exposed = [name for entry in camera.journal("exposed") for name in entry["files"]]
    assert listed + taken == exposed
    assert len(taken) == 1
