"""When the serial number that an opening reported is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
