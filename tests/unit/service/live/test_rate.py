from __future__ import annotations

from photonic.service.live.rate import SAMPLES, Rate


def test_it_is_the_rise_of_the_last_looks() -> None:
    rate = Rate()
    assert rate.per_second == 0.0
    rate.sample(10.0, 5)
    assert rate.per_second == 0.0
    for second in range(1, 10):
        rate.sample(10.0 + second, 5 + 30 * second)
    assert rate.per_second == 30.0
    for second in range(10, 10 + SAMPLES):
        rate.sample(10.0 + second, 275)
    assert rate.per_second == 0.0
