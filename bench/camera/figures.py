"""The camera benchmark's figures: each with its floor, as a table and as a JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.spread import Spread

RESULTS = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: ours, the floor's, how they compare, and what was aimed at.

    ``met``: ``None`` where nothing is aimed at.
    """

    name: str
    unit: str
    ours: Spread
    floor: Spread | None
    compared: str
    aim: str
    met: bool | None
    digits: int = 2

    def row(self) -> tuple[str, ...]:
        """As cells of the table."""
        floor = self.floor.text(self.digits) if self.floor is not None else "-"
        met = {True: "yes", False: "NO", None: "-"}[self.met]
        return (f"{self.name} [{self.unit}]", self.ours.text(self.digits), floor, self.compared, self.aim, met)


HEAD = ("figure", "photonic", "floor", "compared", "aim", "met")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = [HEAD, tuple("---" for _ in HEAD), *(figure.row() for figure in figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def save(figures: Sequence[Figure]) -> Path:
    """Writes the figures and the machine to a new file in ``bench/results``; its path."""
    RESULTS.mkdir(exist_ok=True)
    facts = machine.facts()
    path = RESULTS / f"first-light-{facts['date'].replace(':', '').replace('+0000', 'Z')}.json"
    path.write_text(json.dumps({"machine": facts, "figures": [asdict(figure) for figure in figures]}, indent=2) + "\n")
    return path
