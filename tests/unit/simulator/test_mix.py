"""A mix of faults: the same seed, the same faults."""

from __future__ import annotations

from itertools import islice, pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from tests.support.fault_writing import write_fault

from photonic.simulator.fault_kinds import KINDS, FaultName
from photonic.simulator.fault_syntax import parse_fault
from photonic.simulator.faults import FaultStart
from photonic.simulator.mix import Ingredient, Mix

SPANS = st.tuples(st.floats(0.01, 100), st.floats(0, 100)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@st.composite
def ingredients(draw: st.DrawFn) -> Ingredient:
    name = draw(st.sampled_from(FaultName))
    kind = KINDS[name]
    return Ingredient(
        name,
        draw(st.floats(0.01, 100)),
        draw(st.none() | SPANS),
        (0.0, kind.most) if kind.amount is not None and draw(st.booleans()) else None,
        None if kind.counts is None else draw(st.none() | st.integers(1, 5)),
    )


MIXES = st.builds(Mix, st.lists(ingredients(), min_size=1).map(tuple), SPANS, SPANS, st.integers())


@given(MIXES, st.floats(0, 1e6))
def test_the_same_seed_makes_the_same_faults_and_each_could_be_written_by_hand(mix: Mix, after: float) -> None:
    drawn = list(islice(mix.draw(Random(mix.seed), after), 30))
    assert drawn == list(islice(mix.draw(Random(mix.seed), after), 30))
    at = [after, *(fault.number for fault in drawn)]
    for earlier, later in pairwise(at):
        assert mix.every[0] - 1e-6 <= later - earlier <= mix.every[1] + 1e-6
    known = {ingredient.name for ingredient in mix.ingredients}
    for fault in drawn:
        assert fault.start is FaultStart.TIME
        assert fault.name in known
        assert parse_fault(write_fault(fault)) == fault


def test_another_seed_makes_other_faults() -> None:
    mix = Mix((Ingredient(FaultName.MUTE), Ingredient(FaultName.DRIP)), (1, 5), (1, 2))
    assert list(islice(mix.draw(Random(1)), 20)) != list(islice(mix.draw(Random(2)), 20))


def test_weights_say_how_often_a_fault_comes() -> None:
    mix = Mix((Ingredient(FaultName.MUTE, 9.0), Ingredient(FaultName.DRIP)), (1, 5), (1, 2))
    names = [fault.name for fault in islice(mix.draw(Random(1)), 1000)]
    assert 850 < names.count(FaultName.MUTE) < 950


def test_an_ingredient_may_have_its_own_length_and_amount() -> None:
    mix = Mix((Ingredient(FaultName.LATE_TWIN, seconds=(60, 60), amount=(2, 2), times=1),), (1, 5), (1, 2))
    (fault,) = islice(mix.draw(Random(0)), 1)
    assert (fault.seconds, fault.amount, fault.times) == (60, 2, 1)
