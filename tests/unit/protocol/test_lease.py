"""A pause is trusted only for as long as the service has announced it."""

from __future__ import annotations

import math

import pytest

from photonic.protocol.lease import Lease


def lease() -> Lease:
    return Lease(margin_seconds=2.0, longest_seconds=100.0)


def test_it_holds_for_the_time_left_and_a_margin() -> None:
    one = lease()
    one.grant("pause", 5.0, 10.0)
    assert one.expires_at == 17.0
    assert one.held(16.9)
    assert not one.held(17.0)


def test_the_same_pause_renews_while_it_runs_and_not_afterwards() -> None:
    one = lease()
    one.grant("pause", 1.0, 0.0)
    one.grant("pause", 1.0, 2.0)
    assert one.held(4.9)
    one.grant("pause", 1.0, 5.0)
    assert not one.held(5.0)
    one.grant("the next pause", 1.0, 5.0)
    assert one.held(5.0)


@pytest.mark.parametrize(
    ("seconds", "until"), [(None, 2.0), (math.nan, 2.0), (-5.0, 2.0), (math.inf, 102.0), (1e300, 102.0)]
)
def test_no_report_of_the_service_makes_it_endless(seconds: float | None, until: float) -> None:
    one = lease()
    one.grant("pause", seconds, 0.0)
    assert one.expires_at == until


def test_an_ended_pause_does_not_hold() -> None:
    one = lease()
    one.grant("pause", 5.0, 0.0)
    one.end()
    assert (one.held(0.0), one.expires_at) == (False, None)
