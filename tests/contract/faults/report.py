"""What was measured, as a file from which the reference's table is made."""

from __future__ import annotations

import json
import os
import platform
import time
from typing import TYPE_CHECKING, Any

from tests.contract.faults.rows import ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.faults.row import Case, Elsewhere, Row


def words_of_case(row: Row, case: Case) -> dict[str, Any]:
    """What the table says of a case, but for the measured times."""
    return {
        "fault": row.name,
        "case": case.name,
        "produced": case.produced.value,
        "how": case.how,
        "sees": [str(pattern) for pattern in case.sees],
        "captures": case.captures,
        "heals": case.heals,
    }


def words_elsewhere(row: Row, part: Elsewhere) -> dict[str, Any]:
    """What the table says of a part that other tests show."""
    return {
        "fault": row.name,
        "produced": part.produced.value,
        "how": part.how,
        "heals": part.heals,
        "tests": list(part.tests),
    }


def words() -> list[dict[str, Any]]:
    """The whole table in its order, without the measured times."""
    return [
        line
        for row in ROWS
        for line in (
            *(words_of_case(row, case) for case in row.cases),
            *(words_elsewhere(row, part) for part in row.elsewhere),
        )
    ]


class Report:
    """Collects what was measured of each case; a case that was not played keeps none."""

    def __init__(self) -> None:
        self._measured: dict[tuple[str, str], dict[str, float]] = {}

    def note(self, row: Row, case: Case, measured: dict[str, float]) -> None:
        """This case was played."""
        self._measured[row.name, case.name] = measured

    def write(self, path: Path) -> None:
        """The table with what was measured, and on what."""
        lines = [line | {"measured": self._measured.get((line["fault"], line.get("case", "")))} for line in words()]
        machine = {
            "date": time.strftime("%Y-%m-%d"),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1),
        }
        path.write_text(json.dumps({"measured": machine, "rows": lines}, indent=2) + "\n")
