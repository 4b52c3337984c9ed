from __future__ import annotations

from bench.camera.plan import FRAME_SECONDS, SHUTTERS, WATCH_BEFORE_SECONDS, lead_seconds, shutter

QUARTERS = 4


def test_each_quarter_of_a_frame_and_each_exposure_has_its_captures_in_a_turn_of_ten() -> None:
    fractions = [(lead_seconds(number) - WATCH_BEFORE_SECONDS) / FRAME_SECONDS for number in range(10)]
    assert {int(QUARTERS * fraction) for fraction in fractions} == set(range(QUARTERS))
    assert {shutter(number) for number in range(10)} == set(SHUTTERS)
