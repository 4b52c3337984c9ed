"""Operations that the simulated bodies do not know, although they list them: an ability less, no failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.harness import run
from tests.support.usb_bus import camera_on
from tests.support.waiting import until

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.ptp.codes import CanonOperation, NikonOperation, OperationCode
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera

KEEP_DEVICE_ON = 0x911D
WRITTEN_WITHIN_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 10.0
"""libgphoto2 2.5.34 asks for it so long after it was prepared."""


def _past_the_keep_alive(harness: DriverHarness) -> list[str | None]:
    harness.open()
    harness.driver.start_preview()
    # Ten seconds of pictures: the library's own clock decides.
    harness.frames(round(KEEP_ALIVE_SECONDS * 30) + 60)
    harness.capture("first")
    harness.frames(3)
    harness.driver.stop_preview()
    harness.capture("second")
    return [photo.capture_id for photo in harness.log.of(Staged)]


@pytest.mark.long
def test_an_eos_without_a_keep_alive_shows_live_view_and_takes_photos(transport: str, tmp_path: Path) -> None:
    with camera_on(transport, "--speed", "8", "--fault", f"unsupported:amount={KEEP_DEVICE_ON}") as camera:
        staged = run(_past_the_keep_alive, camera.address, tmp_path)

        assert staged == ["first", "second"]
        assert camera.journal("unsupported")


def _one_photo(harness: DriverHarness) -> list[str | None]:
    harness.open()
    harness.capture("c")
    return [photo.capture_id for photo in harness.log.of(Staged)]


@pytest.mark.long
def test_an_eos_that_cannot_be_prepared_gives_a_photo_that_it_reports_late(transport: str, tmp_path: Path) -> None:
    """libgphoto2 asks it for everything again before each wait for an event, and would find this one last."""
    unprepared = f"unsupported:amount={int(CanonOperation.GET_STORAGE_IDS)}"
    with camera_on(transport, "--speed", "8", "--fault", unprepared, "--fault", "late_events") as camera:
        assert run(_one_photo, camera.address, tmp_path) == ["c"]


def _refusal(act: Callable[[], object]) -> FailureKind | None:
    try:
        act()
    except (CameraError, CaptureError) as error:
        return error.kind
    return None


def _visit(harness: DriverHarness) -> tuple[dict[str, FailureKind | None], int]:
    """What is refused of a visit with everything that the service does; and how many photos came of its capture.

    A photo that an earlier visit's camera was still writing comes too, as nobody's.
    """

    def keep_house() -> None:
        for _time in range(5):
            harness.driver.settle()

    harness.open()
    refused = {
        "live view": _refusal(harness.driver.start_preview) or _refusal(lambda: harness.frames(2)),
        "housekeeping": _refusal(keep_house),
        "settings": _refusal(harness.driver.settings),
        "capture": _refusal(lambda: harness.capture("c")),
        "late": _refusal(keep_house),
        "card": _refusal(harness.driver.list_card),
        "end": _refusal(harness.driver.stop_preview),
    }
    photos = sum(photo.capture_id == "c" for photo in harness.log.of(Staged))
    return {what: kind for what, kind in refused.items() if kind is not None}, photos


@pytest.fixture(
    scope="module",
    params=[pytest.param("canon", marks=pytest.mark.long), pytest.param("nikon", marks=pytest.mark.long), "generic"],
)
def body(request: pytest.FixtureRequest, transport: str) -> Iterator[tuple[str, SimulatedCamera]]:
    with camera_on(transport, "--body", request.param, "--speed", "8") as camera:
        yield request.param, camera


OPTIONAL = {
    "canon": (
        CanonOperation.GET_STORAGE_IDS,
        CanonOperation.GET_OBJECT_INFO_EX,
        CanonOperation.TRANSFER_COMPLETE,
        CanonOperation.PC_CAPACITY,
        CanonOperation.SET_UI_LOCK,
        CanonOperation.RESET_UI_LOCK,
        CanonOperation.KEEP_DEVICE_ON,
        CanonOperation.REQUEST_PROPERTY,
        CanonOperation.RELEASE_OFF,
        CanonOperation.END_VIEWFINDER,
        CanonOperation.GET_VIEWFINDER_DATA,
        OperationCode.GET_STORAGE_IDS,
        OperationCode.GET_THUMB,
    ),
    "nikon": (
        NikonOperation.START_LIVE_VIEW,
        NikonOperation.END_LIVE_VIEW,
        NikonOperation.GET_LIVE_VIEW_IMAGE,
        NikonOperation.DEVICE_READY,
        OperationCode.GET_STORAGE_IDS,
        OperationCode.GET_STORAGE_INFO,
        OperationCode.GET_PROPERTY_DESCRIPTION,
        OperationCode.SET_PROPERTY,
    ),
    "generic": (
        OperationCode.GET_STORAGE_IDS,
        OperationCode.GET_STORAGE_INFO,
        OperationCode.GET_PROPERTY_DESCRIPTION,
        OperationCode.SET_PROPERTY,
        OperationCode.INITIATE_CAPTURE,
    ),
}
NO_PICTURES = {
    CanonOperation.GET_VIEWFINDER_DATA,
    NikonOperation.GET_LIVE_VIEW_IMAGE,
    NikonOperation.DEVICE_READY,
    NikonOperation.START_LIVE_VIEW,
}
NO_PHOTOS = {NikonOperation.DEVICE_READY, OperationCode.INITIATE_CAPTURE}


@pytest.mark.timeout(900)  # each visit, of 13, is a process with a deadline of its own
def test_what_a_body_does_not_know_takes_away_that_ability_alone(
    body: tuple[str, SimulatedCamera], tmp_path: Path
) -> None:
    kind, camera = body
    for number, operation in enumerate(OPTIONAL[kind]):
        camera.control.clear()
        camera.control.fault("unsupported", amount=operation)
        home = tmp_path / str(number)
        home.mkdir()
        before = len(camera.journal("pressed"))

        refused, photos = run(_visit, camera.address, home)

        expected: dict[str, FailureKind] = {}
        if operation in NO_PICTURES or kind == "generic":
            expected["live view"] = FailureKind.NOT_SUPPORTED
        if operation in NO_PHOTOS:
            expected["capture"] = FailureKind.NOT_SUPPORTED
        # Not by their names alone: Canon and the standard have some in common.
        assert refused == expected, repr(operation)
        assert photos == (operation not in NO_PHOTOS), repr(operation)
        # Counted where the shutter is pressed: the exposure goes on when this visit is over.
        pressed = len(camera.journal("pressed")) - before
        assert pressed == (operation not in NO_PHOTOS or kind == "nikon"), repr(operation)
        _until_written(camera)


def _until_written(camera: SimulatedCamera) -> None:
    """What was exposed is on the card, so that it is not told of in the next visit."""
    until(lambda: len(camera.journal("written")) >= len(camera.journal("pressed")), WRITTEN_WITHIN_SECONDS)
