"""Where the clock on the wall is read at all: each place has its reason in decision 0035, and there is no other one."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "photonic"
RECORD = REPOSITORY / "docs" / "decisions" / "0035-what-lasts-is-counted-in-running-time.md"

CALLS = frozenset({"time", "time_ns", "localtime", "gmtime", "ctime", "now", "utcnow", "today", "utime"})
OWNERS = frozenset({"time", "datetime", "date", "os"})
FILE_TIMES = frozenset({"st_mtime", "st_mtime_ns", "st_ctime", "st_ctime_ns", "st_atime", "st_atime_ns"})
WALL = frozenset({"wall", "unix_seconds"})
"""Of ``Timekeeping``, which is handed on."""
SQL = re.compile(r"CURRENT_TIME|CURRENT_DATE|'now'", re.IGNORECASE)
SCRIPT = re.compile(r"\bDate\.now\(|\bnew Date\(|\bDate\(\)")
UNJUDGED = ("simulator", "web/vendor")
"""Nothing of a photo is decided there: tools of developers, and others' code."""


def reads(text: str) -> Counter[str]:
    """How often a module names each way to the wall clock, called or handed on."""
    found: Counter[str] = Counter()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in OWNERS and name in CALLS:
                found[f"{owner}.{name}"] += 1
            case ast.Attribute(attr=name) if name in FILE_TIMES | WALL:
                found[name] += 1
            case ast.ImportFrom(module="time", names=names):
                found.update(f"time.{one.name}" for one in names if one.name in CALLS)
            case ast.Constant(value=str() as words) if SQL.search(words):
                found["SQL"] += 1
            case _:
                pass
    return found


def modules() -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        found[path.relative_to(SOURCE).as_posix()] = reads(path.read_text(encoding="utf-8"))
    for path in sorted(SOURCE.rglob("*.js")):
        count = len(SCRIPT.findall(path.read_text(encoding="utf-8")))
        found[path.relative_to(SOURCE).as_posix()] = Counter({"Date": count} if count else {})
    return {name: count for name, count in found.items() if count and not name.startswith(UNJUDGED)}


def recorded() -> dict[str, str]:
    """The first column of the record's table and the last one: the module and the reason."""
    row = re.compile(r"^\| `([^`]+\.(?:py|js))`[^|]*\|(?:[^|]*\|)*?([^|]*)\|$", re.MULTILINE)
    rows = row.findall(RECORD.read_text(encoding="utf-8"))
    return {name: reason.strip() for name, reason in rows}


def test_every_place_that_reads_the_wall_clock_is_in_the_record_with_its_reason_and_no_other_is() -> None:
    known = recorded()
    assert sorted(modules()) == sorted(known)
    assert all(len(reason) >= len("shown") for reason in known.values())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import time\nx = time.time()", {"time.time": 1}),
        ("from time import time_ns as t", {"time.time_ns": 1}),
        ("def f(now=datetime.now): ...", {"datetime.now": 1}),
        ("self._time.wall()", {"wall": 1}),
        ("p.stat().st_mtime", {"st_mtime": 1}),
        ("c.execute(\"SELECT strftime('%s', 'now')\")", {"SQL": 1}),
        ("time.monotonic(); loop.time(); self.now()", {}),
    ],
)
def test_each_way_to_the_wall_clock_is_seen(text: str, found: dict[str, int]) -> None:
    assert dict(reads(text)) == found
