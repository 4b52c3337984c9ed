"""Figures of one run: medians with their spread, ratios, the table and the JSON file."""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of ``count`` samples."""

    median: float
    least: float
    greatest: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """The spread of at least one sample."""
        return cls(statistics.median(samples), min(samples), max(samples), len(samples))

    def words(self, digits: int) -> str:
        """``28.51 (28.40-28.60, n=5)``."""
        return f"{self.median:.{digits}f} ({self.least:.{digits}f}-{self.greatest:.{digits}f}, n={self.count})"


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
        floor = self.floor.words(self.digits) if self.floor is not None else "-"
        met = {True: "yes", False: "NO", None: "-"}[self.met]
        return (f"{self.name} [{self.unit}]", self.ours.words(self.digits), floor, self.compared, self.aim, met)


HEAD = ("figure", "photonic", "floor", "compared", "aim", "met")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = [HEAD, tuple("---" for _ in HEAD), *(figure.row() for figure in figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> dict[str, str]:
    """What the figures were made on."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "gphoto2": version("gphoto2"),
        "photonic": version("photonic"),
    }


def save(figures: Sequence[Figure]) -> Path:
    """Writes the figures and the machine to a new file in ``bench/results``; its path."""
    RESULTS.mkdir(exist_ok=True)
    facts = machine()
    path = RESULTS / f"first-light-{facts['date'].replace(':', '').replace('+0000', 'Z')}.json"
    path.write_text(json.dumps({"machine": facts, "figures": [asdict(figure) for figure in figures]}, indent=2) + "\n")
    return path
