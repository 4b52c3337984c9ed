"""A database on the simulated disk, and transactions that are committed to it until something goes wrong."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation import vfs
from tests.simulation.death import Death
from tests.simulation.disk import Disturbance, SimulatedDisk
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path("/simulated")
DATABASE = ROOT / "index.db"
COMMITS = 12


@contextmanager
def installed(seed: int = 1) -> Generator[SimulatedDisk]:
    with SimulatedDisk(ROOT, Randomness(seed), Trace(keep=True)) as disk, vfs.sqlite_on(disk):
        yield disk


def connected(*, synchronous: str = "FULL", mode: str = "WAL") -> sqlite3.Connection:
    connection = sqlite3.connect(DATABASE, timeout=0.2)
    for pragma in ("locking_mode = EXCLUSIVE", f"journal_mode = {mode}", f"synchronous = {synchronous}"):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def committed(disk: SimulatedDisk, connection: sqlite3.Connection, count: int = COMMITS) -> list[int]:
    """Commit transactions of two rows each until something goes wrong; those whose commit was answered."""
    acknowledged: list[int] = []
    try:
        connection.execute("CREATE TABLE photos (number INTEGER, half TEXT, content BLOB)")
        for number in range(count):
            with connection:
                for half in ("first", "second"):
                    connection.execute("INSERT INTO photos VALUES (?, ?, ?)", (number, half, bytes(3000)))
            disk.life.check()
            acknowledged.append(number)
    except (sqlite3.Error, Death):
        pass
    with suppress(sqlite3.Error):
        connection.close()
    return acknowledged


def digest_of_a_history() -> str:
    """Of commits, deaths and losses of power."""
    draws = random.Random(5)
    with installed(5) as disk:
        for _life in range(6):
            with suppress(sqlite3.Error, Death), closing(connected()) as connection:
                disk.plan[disk.operations + draws.randrange(60)] = Disturbance("power", "middle")
                connection.execute("DROP TABLE IF EXISTS photos")
                committed(disk, connection)
            disk.power_lost(strict=False)
            disk.begin_life()
        return disk.trace.digest
