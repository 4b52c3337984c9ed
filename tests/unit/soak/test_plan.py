"""The soak's plan: the same for the same seed, and everything in it."""

from __future__ import annotations

from itertools import islice

import pytest
from soak import budgets
from soak.plan import (
    ELSEWHERE,
    FAULTS,
    NOT_ON_USB,
    USB_DISTURBANCES,
    USB_FAULTS,
    USERS,
    VIEWERS,
    Disturbance,
    chances,
    plan,
)

from photonic.simulator.fault_kinds import KINDS
from photonic.simulator.faults import FaultName


def test_the_same_seed_gives_the_same_plan() -> None:
    assert list(islice(plan(7), 200)) == list(islice(plan(7), 200))
    assert list(islice(plan(7), 200)) != list(islice(plan(8), 200))


def test_everything_that_can_go_wrong_is_in_it() -> None:
    happened = {event.what for event in islice(plan(1), 3000)}
    assert happened == {*Disturbance, *FaultName} - ELSEWHERE - set(USB_DISTURBANCES)
    # No fault has been forgotten when the table was written.
    assert set(FaultName) - set(FAULTS) == ELSEWHERE


def test_on_usb_so_is_everything_that_can_go_wrong_there() -> None:
    happened = {event.what for event in islice(plan(1, usb=True), 3000)}
    assert happened == {*Disturbance, *FaultName} - NOT_ON_USB
    assert set(FaultName) - set(FAULTS) - set(USB_FAULTS) == NOT_ON_USB - set(FAULTS)


def test_targets_are_viewers_and_users_that_there_are() -> None:
    for event in islice(plan(1), 1000):
        if event.what.startswith("viewer_"):
            assert event.target in range(VIEWERS)
        elif event.what.startswith("user_"):
            assert event.target in range(USERS)
        else:
            assert event.target is None


@pytest.mark.parametrize("usb", [False, True])
def test_lengths_and_amounts_are_those_of_the_table(usb: bool) -> None:
    table = chances(usb=usb)
    for event in islice(plan(2, usb=usb), 1000):
        chance = table[event.what]
        assert chance.shortest <= event.seconds <= chance.longest
        assert (event.amount is None) == (chance.amount is None and not chance.one_of)
        assert event.amount in chance.one_of or not chance.one_of
        assert (event.times is None) == (chance.times is None)


def test_amounts_and_times_are_given_to_faults_that_take_them() -> None:
    for what, chance in (chances() | chances(usb=True)).items():
        if isinstance(what, Disturbance):
            continue
        amounts = (*(chance.amount or ()), *chance.one_of)
        assert not amounts or KINDS[what].amount is not None
        assert all(amount <= KINDS[what].most for amount in amounts)
        assert chance.times is None or KINDS[what].counts is not None


def test_only_some() -> None:
    assert {event.what for event in islice(plan(1, only=frozenset({"unplug"})), 20)} == {FaultName.UNPLUG}


def test_everything_has_a_budget() -> None:
    assert all(budgets.after(what) >= 0 for what in chances() | chances(usb=True))
    assert set(Disturbance) <= set(budgets.OF_EVENTS)


def test_an_event_in_words() -> None:
    words = [str(event) for event in islice(plan(3), 5)]
    assert all(" after " in line and " for " in line for line in words)
