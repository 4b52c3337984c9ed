"""Makes a failing history small, so that it reads as a test: with every step, the same promise has to stay broken.

First whole kinds of disturbance are left out, then habits of the users, then the captures are halved, and in the end
single disturbances are dropped (delta debugging, Zeller and Hildebrandt 2002): halves, quarters, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from tests.simulation.history_settings import HistorySettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.simulation.history import Outcome
    from tests.simulation.plan import Disturbance, Plan

RUNS_LIMIT = 400
"""After so many histories, what has been reached is good enough."""


@dataclass
class Shrinking:
    """Shrinks one plan.

    Args:
        rule: The promise that has to stay broken.
        run: Runs a plan.
        report: Called with a line, and the plan that is left, for each success.
    """

    rule: str
    run: Callable[[Plan], Outcome]
    report: Callable[[str, Plan], object] = lambda _line, _plan: None
    runs: int = 0

    def shrunk(self, plan: Plan) -> Plan:
        """The smallest plan that was found."""
        before = None
        while before != plan and self.runs < RUNS_LIMIT:
            before = plan
            plan = self._fewer_kinds(plan)
            plan = self._fewer_captures(plan)
            plan = self._simpler_settings(plan)
            plan = self._fewer_disturbances(plan)
        return plan

    def _fails(self, plan: Plan) -> bool:
        if self.runs >= RUNS_LIMIT:
            return False
        self.runs += 1
        finding = self.run(plan).finding
        return finding is not None and finding.rule == self.rule

    def _fewer_kinds(self, plan: Plan) -> Plan:
        for kind in plan.kinds:
            if self._fails(smaller := plan.without(kind)):
                plan = smaller
                self.report(f"without {kind}: {len(plan.disturbances)} disturbances are left", plan)
        return plan

    def _fewer_captures(self, plan: Plan) -> Plan:
        for share in (0.5, 0.75, 0.9):
            while (captures := int(plan.captures * share)) < plan.captures and captures:
                if not self._fails(smaller := plan.shortened(captures)):
                    break
                plan = smaller
                self.report(f"with {captures} captures: {len(plan.disturbances)} disturbances are left", plan)
        return plan

    def _simpler_settings(self, plan: Plan) -> Plan:
        simple = HistorySettings(photographers=1, pause_seconds=1.0, button=0.0)
        for field in fields(HistorySettings):
            value = getattr(simple, field.name)
            if getattr(plan.settings, field.name) == value:
                continue
            smaller = replace(plan, settings=replace(plan.settings, **{field.name: value}))
            if field.name == "cameras":
                one = tuple(each for each in plan.disturbances if each.camera == 0)
                smaller = replace(smaller, disturbances=one)
            if self._fails(smaller):
                plan = smaller
                self.report(f"with {field.name} = {value}", plan)
        return plan

    def _fewer_disturbances(self, plan: Plan) -> Plan:
        parts = 2
        while (count := len(plan.disturbances)) and self.runs < RUNS_LIMIT:
            for kept in _without_one_part(plan.disturbances, parts):
                if self._fails(smaller := replace(plan, disturbances=kept)):
                    plan = smaller
                    self.report(f"{len(kept)} disturbances are left", plan)
                    parts = max(2, parts - 1)
                    break
            else:
                if parts >= count:
                    break
                parts = min(count, parts * 2)
        return plan


def _without_one_part(disturbances: Sequence[Disturbance], parts: int) -> Iterator[tuple[Disturbance, ...]]:
    """All but one of so many parts, for each of them."""
    size = -(-len(disturbances) // parts)
    for first in range(0, len(disturbances), size):
        yield (*disturbances[:first], *disturbances[first + size :])
