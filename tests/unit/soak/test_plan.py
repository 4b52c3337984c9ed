"""The soak's plan: the same for the same seed, and everything in it."""

from __future__ import annotations

from itertools import islice

from soak import budgets
from soak.plan import ELSEWHERE, FAULTS, USERS, VIEWERS, Deed, chances, plan

from photonic.simulator.fault_kinds import KINDS
from photonic.simulator.faults import FaultName


def test_the_same_seed_gives_the_same_plan() -> None:
    assert list(islice(plan(7), 200)) == list(islice(plan(7), 200))
    assert list(islice(plan(7), 200)) != list(islice(plan(8), 200))


def test_everything_that_can_go_wrong_is_in_it() -> None:
    happened = {happening.what for happening in islice(plan(1), 3000)}
    assert happened == {*Deed, *FaultName} - ELSEWHERE
    # No fault has been forgotten when the table was written.
    assert set(FaultName) - set(FAULTS) == ELSEWHERE


def test_targets_are_viewers_and_users_that_there_are() -> None:
    for happening in islice(plan(1), 1000):
        if happening.what.startswith("viewer_"):
            assert happening.target in range(VIEWERS)
        elif happening.what.startswith("user_"):
            assert happening.target in range(USERS)
        else:
            assert happening.target is None


def test_lengths_and_amounts_are_those_of_the_table() -> None:
    table = chances()
    for happening in islice(plan(2), 1000):
        chance = table[happening.what]
        assert chance.shortest <= happening.seconds <= chance.longest
        assert (happening.amount is None) == (chance.amount is None and not chance.one_of)
        assert happening.amount in chance.one_of or not chance.one_of
        assert (happening.times is None) == (chance.times is None)


def test_amounts_and_times_are_given_to_faults_that_take_them() -> None:
    for what, chance in chances().items():
        if isinstance(what, Deed):
            continue
        amounts = (*(chance.amount or ()), *chance.one_of)
        assert not amounts or KINDS[what].amount is not None
        assert all(amount <= KINDS[what].most for amount in amounts)
        assert chance.times is None or KINDS[what].counts is not None


def test_only_some() -> None:
    assert {happening.what for happening in islice(plan(1, only=frozenset({"unplug"})), 20)} == {FaultName.UNPLUG}


def test_everything_has_a_budget() -> None:
    assert all(budgets.after(what) >= 0 for what in chances())
    assert set(Deed) <= set(budgets.OF_HAPPENINGS)


def test_a_happening_in_words() -> None:
    words = [str(happening) for happening in islice(plan(3), 5)]
    assert all(" after " in line and " for " in line for line in words)
