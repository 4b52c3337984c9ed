"""A random mix of faults: the same seed gives the same faults at the same times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from photonic.simulator.fault_kinds import KINDS, FaultName
from photonic.simulator.faults import Fault, FaultStart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

Span = tuple[float, float]
"""The smallest and the largest value."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One fault of a mix, and its frequency relative to the others.

    ``seconds`` ``None``: the mix's duration. ``amount`` and ``times`` ``None``: the fault's defaults.
    """

    name: FaultName
    weight: float = 1.0
    seconds: Span | None = None
    amount: Span | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Mix:
    """An endless sequence of faults, one every ``every`` seconds, each lasting ``seconds``; both drawn uniformly."""

    ingredients: tuple[Ingredient, ...]
    every: Span
    seconds: Span
    seed: int = 0

    def draw(self, random: Random, after: float = 0.0) -> Iterator[Fault]:
        """Yield faults endlessly; their times are seconds since the camera's start, all later than ``after``."""
        bounds = list(accumulate(ingredient.weight for ingredient in self.ingredients))
        at = after
        while True:
            at += random.uniform(*self.every)
            (ingredient,) = random.choices(self.ingredients, cum_weights=bounds)
            fault = Fault(ingredient.name, FaultStart.TIME, at, random.uniform(*(ingredient.seconds or self.seconds)))
            if ingredient.amount is not None:
                most = KINDS[ingredient.name].most
                fault = replace(fault, amount=min(random.uniform(*ingredient.amount), most))
            yield replace(fault, times=ingredient.times)
