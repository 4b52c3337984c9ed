"""The card through the real libgphoto2: what a capture tells of its objects is what the next session lists."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from tests.contract.driver.harness import run
from tests.support.usb_bus import TRANSPORTS, camera_on

from photonic.errors import BadInput
from photonic.worker.link.card_messages import CardListed, CardObject
from photonic.worker.link.messages import Note, Profiles, Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera


R = TypeVar("R")


@pytest.fixture(scope="module", params=TRANSPORTS)
def camera(request: pytest.FixtureRequest) -> Iterator[SimulatedCamera]:
    with camera_on(request.param, "--speed", "8") as running:
        yield running


class Visits:
    """Runs one scenario after the other, each in a session and a home of its own."""

    def __init__(self, address: str, homes: Path) -> None:
        self._address = address
        self._homes = homes
        self._numbers = count(1)

    def __call__(self, scenario: Callable[[DriverHarness], R]) -> R:
        home = self._homes / str(next(self._numbers))
        home.mkdir()
        return run(scenario, self._address, home)


@pytest.fixture
def visit(camera: SimulatedCamera, tmp_path: Path) -> Visits:
    return Visits(camera.address, tmp_path)


def _shoot(harness: DriverHarness) -> list[Staged]:
    harness.open()
    for number in (1, 2):
        harness.capture(f"c{number}")
    staged = harness.log.of(Staged)
    harness.driver.close()
    return staged


def _listed(harness: DriverHarness) -> CardListed:
    harness.open()
    listed = harness.driver.list_card()
    harness.driver.close()
    return listed


def _of(staged: list[Staged]) -> set[CardObject]:
    return {
        CardObject(folder=one.folder, name=one.name, size_bytes=one.size_bytes, taken_at=one.taken_at) for one in staged
    }


@pytest.mark.long
def test_the_next_session_lists_what_a_capture_has_told(visit: Visits) -> None:
    before = visit(_listed)
    taken = _of(visit(_shoot))
    after = visit(_listed)
    assert set(after.objects) - set(before.objects) == taken
    assert len(taken) == 2
    assert after.card is not None
    assert after.card == before.card
    assert all(one.taken_at is not None for one in taken)


def _fetch(harness: DriverHarness, wanted: tuple[CardObject, ...]) -> tuple[list[Staged], list[Note], int]:
    harness.open()
    harness.driver.start_preview()
    harness.frames(2)
    harness.driver.fetch(wanted, str(harness.staging))
    frames = len(harness.frames(2))
    sizes = [Path(one.path).stat().st_size for one in harness.log.of(Staged)]
    assert sizes == [one.size_bytes for one in harness.log.of(Staged)]
    harness.driver.close()
    return harness.log.of(Staged), harness.log.of(Note), frames


def test_photos_of_the_card_are_fetched_and_live_view_goes_on(visit: Visits) -> None:
    visit(_shoot)
    listed = visit(_listed)
    missing = CardObject(folder=listed.objects[0].folder, name="IMG_9999.JPG", size_bytes=1, taken_at=1)
    staged, notes, frames = visit(partial(_fetch, wanted=(listed.objects[0], missing, listed.objects[1])))
    assert _of(staged) == set(listed.objects[:2])
    assert ["IMG_9999.JPG" in note.text for note in notes] == [True]
    assert frames == 2


def _delete(harness: DriverHarness, wanted: CardObject) -> str | None:
    harness.open()
    try:
        harness.driver.delete(wanted)
    except BadInput as error:
        return error.reason
    finally:
        harness.driver.close()
    return None


def test_only_the_photo_that_was_meant_is_deleted(visit: Visits) -> None:
    visit(_shoot)
    before = visit(_listed).objects
    wanted = before[-1]
    other = CardObject(folder=wanted.folder, name=wanted.name, size_bytes=wanted.size_bytes, taken_at=1)
    assert "nothing was deleted" in (visit(partial(_delete, wanted=other)) or "")
    assert visit(_listed).objects == before
    assert visit(partial(_delete, wanted=wanted)) is None
    assert set(visit(_listed).objects) == set(before) - {wanted}
    assert "no longer on the card" in (visit(partial(_delete, wanted=wanted)) or "")


def _in_ram(harness: DriverHarness) -> tuple[list[Staged], CardListed]:
    harness.open(capture_target="ram", profiles=Profiles())
    harness.capture("r1")
    staged = harness.log.of(Staged)
    listed = harness.driver.list_card()
    harness.driver.close()
    return staged, listed


def test_a_photo_of_the_ram_is_said_to_have_no_copy_on_the_card(visit: Visits) -> None:
    staged, listed = visit(_in_ram)
    assert [one.in_ram for one in staged] == [True]
    assert not _of(staged) & set(listed.objects)
