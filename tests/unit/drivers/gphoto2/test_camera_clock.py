"""What photos reveal about the camera's clock: "before" is never wrong while the clock is not changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from photonic.drivers.gphoto2.camera_clock import LONGEST_DELAY_SECONDS, TOLERANCE_SECONDS, CameraClock

Arrivals = st.lists(st.tuples(st.floats(0, 10_000), st.floats(0, 500)), max_size=20)


@given(st.integers(-(10**9), 10**9), Arrivals, st.floats(0, 10_000), st.floats(0, 100), st.sampled_from([1, 2]))
def test_a_photo_that_was_taken_after_the_moment_is_never_called_older(
    ahead: int, intake: list[tuple[float, float]], moment: float, after: float, step: int
) -> None:
    def shown(at: float) -> int:
        """Whole seconds, or the steps of two of a FAT card."""
        return int(at + ahead) // step * step

    clock = CameraClock()
    for taken, delay in intake:
        clock.observe(shown(taken), taken + delay)
    assert not clock.before(shown(moment + after), moment)


def test_one_that_was_taken_well_before_is() -> None:
    clock = CameraClock()
    assert not clock.before(100, 200.0)
    clock.observe(7300, 100.1)
    assert clock.before(7300, 100.0 + TOLERANCE_SECONDS + 2)
    assert not clock.before(7300, 100.0)
    assert not clock.before(None, 1000.0)


def test_a_clock_that_was_set_back_is_learnt_anew() -> None:
    clock = CameraClock()
    clock.observe(7300, 100.0)
    assert not clock.before(3700, 100.0 + LONGEST_DELAY_SECONDS)
    clock.observe(3700, 101.0)
    assert clock.before(3690, 101.0)
