"""What the service gets from the machine is handed down: below the edges that decision 0056 lists, nothing takes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "photonic"
RECORD = REPOSITORY / "docs" / "decisions" / "0056-what-the-machine-gives-is-handed-down.md"

MODULES = frozenset({"multiprocessing", "random", "secrets", "subprocess", "tempfile", "uuid"})
"""Everything in them is a clock, chance or a process, or a name that is made of them."""
FUNCTIONS = {
    "time": re.compile(r"time(_ns)?|(monotonic|perf_counter|process_time|thread_time)(_ns)?|clock_.*|sleep|[gc]m?time"),
    "datetime": re.compile(r"now|utcnow|today"),
    "date": re.compile(r"today"),
    "os": re.compile(r"fork|forkpty|spawn.*|exec.*|posix_spawnp?|system|popen|urandom|getrandom|times"),
    "asyncio": re.compile(r"create_subprocess_.*"),
}
"""By the module or class that has them."""
REAL = frozenset({"ThisMachine", "machine_boot", "private_home", "runtime_directory", "spawn"})
"""The real surroundings, imported instead of received."""


def taken(text: str) -> set[str]:
    """What a module takes from the machine by itself, called or handed on."""
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    known = {one.asname or one.name: one.name for node in imports for one in node.names}
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found.update(MODULES & {one.name for one in names})
            case ast.ImportFrom(module=str() as module, names=names):
                found.update(MODULES & {module})
                if module in FUNCTIONS:
                    found.update(f"{module}.{one.name}" for one in names if FUNCTIONS[module].fullmatch(one.name))
                if module.startswith("photonic"):
                    found.update(REAL & {one.name for one in names})
            case ast.Attribute(value=ast.Name(id=word), attr=name) if (owner := known.get(word)) in FUNCTIONS:
                found.update({f"{owner}.{name}"} if FUNCTIONS[owner].fullmatch(name) else ())
            case ast.Attribute(value=ast.Attribute(attr="datetime" | "date" as owner), attr=name):
                found.update({f"{owner}.{name}"} if FUNCTIONS[owner].fullmatch(name) else ())
            case ast.Attribute(attr="of_this_machine"):
                found.add("of_this_machine")
            case ast.Constant(value=str() as words) if words.startswith("/proc"):
                found.add("/proc")
            case _:
                pass
    return found


def recorded() -> dict[str, set[str]]:
    """The edges of the record's table, and what each takes; a folder ends with ``/`` and takes what it likes."""
    rows = re.findall(
        r"^\| `([^`]+(?:/|\.py))` \|([^|]*)\| [^|]{10,} \|$", RECORD.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {place: set(re.findall(r"`([^`]+)`", names)) for place, names in rows}


def test_only_the_edges_take_anything_from_the_machine_and_each_has_its_reason() -> None:
    edges = recorded()
    folders = tuple(place for place in edges if place.endswith("/"))
    assert folders
    assert all((SOURCE / folder).is_dir() for folder in folders)
    modules = {path.relative_to(SOURCE).as_posix(): taken(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")}
    below = {name: found for name, found in modules.items() if found and not name.startswith(folders)}
    assert below == {place: names for place, names in edges.items() if place not in folders}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import time\ndef f(clock=time.monotonic): ...", {"time.monotonic"}),
        ("from time import perf_counter_ns as now", {"time.perf_counter_ns"}),
        ("from datetime import UTC, datetime\nx = datetime.now(UTC)", {"datetime.now"}),
        ("import datetime as d, time as t\nd.datetime.now(); t.time()", {"datetime.now", "time.time"}),
        ("def f(time): return time.monotonic()", set[str]()),
        ("import time\ntime.localtime(5)", set[str]()),
        ("from uuid import uuid4", {"uuid"}),
        ("import random", {"random"}),
        ("import asyncio\nasyncio.create_subprocess_exec('true')", {"asyncio.create_subprocess_exec"}),
        ("import os\nos.urandom(8); os.open('x', 0)", {"os.urandom"}),
        ("from pathlib import Path\nP = Path('/proc/self')", {"/proc"}),
        ("from photonic.worker.supervision.spawn import spawn", {"spawn"}),
        ("Surroundings.of_this_machine()", {"of_this_machine"}),
    ],
)
def test_each_way_to_the_machine_is_seen(text: str, found: set[str]) -> None:
    assert taken(text) == found
