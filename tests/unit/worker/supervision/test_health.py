"""When the serial number that an opening reported is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.errors import FailureKind
from photonic.worker.link.messages import CameraOpened, PreviewChanged
from photonic.worker.supervision.health import SignsOfLife

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_serial_number_of_an_opening_that_never_worked_is_not_believed() -> None:
    health = SignsOfLife(shown=False)
    health.reported_serial = "0123\uff345678901"
    assert health.serial is None
    health.reported_serial = "012345678901"
    health.on_frame()
    assert health.serial == "012345678901"
    health.reported_serial = "damaged"
    assert health.serial == "012345678901"


@pytest.mark.parametrize("proof", [SignsOfLife.on_frame, SignsOfLife.on_captured, SignsOfLife.confirm_serial])
def test_a_frame_a_photo_or_another_proof_confirms_the_serial_number(proof: Callable[[SignsOfLife], None]) -> None:
    health = SignsOfLife(shown=True)
    health.reported_serial = "1"
    proof(health)
    assert health.serial == "1"


def opened(*, live_view: bool) -> CameraOpened:
    return CameraOpened("1", "EOS", "Canon", "1", live_view=live_view, has_card=True, capture_target="card")


def test_a_camera_that_has_shown_live_view_is_doubted_if_a_later_opening_does_not_show_it() -> None:
    health = SignsOfLife(shown=False)
    refused = PreviewChanged(state="recovering", blocked=FailureKind.BLOCKED)
    for event in (opened(live_view=False), opened(live_view=True), refused):
        health.on_event(event)
        assert health.recheck(0) is None
    health.on_frame()
    # A camera that shows frames and then refuses is too hot, not misread.
    health.on_event(refused)
    assert health.recheck(0) is None
    health.on_event(opened(live_view=True))
    health.on_event(PreviewChanged(state="recovering", blocked=FailureKind.BATTERY_LOW))
    assert health.recheck(0) is None
    health.on_event(refused)
    assert health.recheck(0) == "it refuses live view, but had it before"
    health.on_frame()
    health.on_event(opened(live_view=False))
    assert health.recheck(0) == "it reports no live view, but had it before"


def test_a_doubtful_reading_is_checked_thrice_further_and_further_apart_and_then_believed() -> None:
    health = SignsOfLife(shown=True)
    reopened: list[float] = []
    for now in range(1000):
        health.on_event(opened(live_view=False))
        if health.recheck(now) is not None:
            reopened.append(now)
    assert reopened == [0, 20, 80]
    health.on_captured()
    assert health.recheck(1000) is None
    health.doubt("a photo was refused")
    assert health.recheck(1000) == "a photo was refused"


def test_a_good_reading_ends_the_doubt() -> None:
    health = SignsOfLife(shown=True)
    health.on_event(opened(live_view=False))
    assert health.recheck(0) is not None
    health.on_event(opened(live_view=False))
    health.on_event(opened(live_view=True))
    assert health.recheck(100) is None
