"""One case after the other: the fault comes, is told truly, heals, and no photo is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.faults.harness import FaultHarness, SharedStack
from tests.contract.faults.report import words
from tests.contract.faults.rows import ROWS
from tests.support.absent import absent

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet
    from tests.contract.faults.report import Report
    from tests.contract.faults.row import Case, Row

ROOT = Path(__file__).parents[3]

TABLE = (
    "busy (camera)",
    "busy (library)",
    "EOS viewfinder not ready",
    "empty frame with success",
    "bytes after the end of a picture",
    "endless parse",
    "Nikon prohibit condition",
    "Nikon leaves live view",
    "Nikon long busy",
    "Sony preview then capture",
    "late events after a shot",
    "autofocus failed",
    "I/O",
    "timeout (USB)",
    "timeout (PTP/IP)",
    "drip: one byte a second",
    "host disk full",
    "unplugged, powered off",
    "asleep",
    "claimed by another program",
    "card full, none, read-only",
    "RAW+JPEG, body shutter",
    "shutter button left pressed",
    "two cards, several photos per release",
    "film recorded on the body",
    "photo in RAM, camera process killed",
    "RAM target full",
    "heat",
    "stranded data phase",
    "memory grows",
    "crash",
    "silent stall",
    "text that is not UTF-8",
    "operation not supported",
    "slow settings",
    "USB stall",
    "USB transfer",
    "USB wedged endpoint",
    "USB reset of the port",
    "USB cable",
    "USB claimed interface",
)
"""The rows of the design's table, and of what the field reports."""

CASES = sorted(((row, case) for row in ROWS for case in row.cases), key=lambda part: part[1].setup)
"""Those of one setup stand together: a stack is started once for them."""


def _played(row: Row, case: Case) -> ParameterSet:
    marks = [pytest.mark.long] if case.long else []
    return pytest.param(row, case, id=f"{row.name.partition(':')[0]}-{case.name}", marks=marks)


@pytest.mark.parametrize(("row", "case"), [_played(row, case) for row, case in CASES])
async def test_a_fault_heals_and_is_told_truly(shared_stack: SharedStack, row: Row, case: Case, report: Report) -> None:
    async with FaultHarness(shared_stack.stack(case.setup)) as harness:
        await case.play(harness)
        report.note(row, case, await harness.conclude(case))


def test_every_row_of_the_design_is_here_and_is_shown() -> None:
    assert tuple(row.name for row in ROWS) == TABLE
    assert [row.name for row in ROWS if not row.cases and not row.elsewhere] == []


def test_the_report_of_the_reference_is_of_these_rows(request: pytest.FixtureRequest) -> None:
    """Times differ from run to run, words do not."""
    if request.config.getoption("--faults-report", None) is not None:
        absent("the report is written anew at the end of this run", promised=False)
    lines = json.loads((ROOT / "docs" / "reference" / "faults.json").read_text())["rows"]
    times = [line.pop("measured") for line in lines]
    assert lines == words(), "run `make faults`"
    assert [line["fault"] for line, time in zip(lines, times, strict=True) if "case" in line and not time] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.elsewhere], ids=lambda row: row.name)
def test_what_other_tests_show_they_show(row: Row) -> None:
    for part in row.elsewhere:
        for test in part.tests:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / file).read_text(), f"there is no test {test}"
