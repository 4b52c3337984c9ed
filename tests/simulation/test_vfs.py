"""SQLite on the simulated disk: what was committed survives every death, at every operation, and nothing by half."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from tests.simulation import vfs
from tests.simulation.commits import COMMITS, DATABASE, ROOT, committed, connected, digest_of_a_history, installed
from tests.simulation.disk import Disturbance
from tests.support.absent import absent


@pytest.fixture(autouse=True)
def _sqlite_can_be_reached() -> None:
    if not vfs.available():
        absent(vfs.MISSING)


def found_after(**how: str) -> list[int]:
    """The transactions in the database, opened by the next life; fails where one is there by half."""
    with closing(connected(**how)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchall():
            return []
        rows = connection.execute("SELECT number, half FROM photos ORDER BY number, half").fetchall()
    numbers = sorted({number for number, _half in rows})
    assert rows == [(number, half) for number in numbers for half in ("first", "second")]
    return numbers


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
@pytest.mark.parametrize("kind", ["kill", "power"])
def test_what_was_committed_survives_a_death_at_every_operation(kind: str, mode: str) -> None:
    """Also of strict losses of power; a commit that was not answered is there as a whole, or not at all."""
    deaths = 0
    for number, moment in zip(itertools.count(1), itertools.cycle(["before", "middle", "after"]), strict=False):
        with installed(number) as disk:
            connection = connected(mode=mode)
            disk.settle()
            disk.plan[disk.operations + number] = Disturbance(kind, moment)  # type: ignore[arg-type]
            acknowledged = committed(disk, connection)
            if disk.life.ended is None:
                break
            deaths += 1
            if kind == "power":
                disk.power_lost(strict=number % 2 == 0)
            disk.begin_life()
            found = found_after(mode=mode)
            assert found in (acknowledged, [*acknowledged, len(acknowledged)])
    assert deaths > COMMITS * 4


def test_without_flushes_a_loss_of_power_loses_commits() -> None:
    """Or the test above would prove nothing."""
    lost = 0
    for seed in range(20):
        with installed(seed) as disk:
            connection = connected(synchronous="OFF")
            disk.settle()
            disk.plan[disk.operations + 60] = Disturbance("power")
            acknowledged = committed(disk, connection)
            disk.power_lost(strict=False)
            disk.begin_life()
            try:
                lost += found_after() != acknowledged
            except (sqlite3.Error, AssertionError):
                lost += 1
    assert lost > 10


@pytest.mark.parametrize("kind", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("moment", ["before", "middle", "after"])
def test_an_error_at_any_operation_fails_one_transaction_at_the_most(kind: str, moment: str) -> None:
    failures = 0
    for number in range(1, 60):
        with installed(number) as disk:
            connection = connected()
            connection.execute("CREATE TABLE photos (number INTEGER, half TEXT, content BLOB)")
            disk.plan[disk.operations + number] = Disturbance(kind, moment)  # type: ignore[arg-type]
            acknowledged: list[int] = []
            failed: list[int] = []
            for transaction in range(COMMITS):
                try:
                    with connection:
                        for half in ("first", "second"):
                            values = (transaction, half, bytes(3000))
                            connection.execute("INSERT INTO photos VALUES (?, ?, ?)", values)
                    acknowledged.append(transaction)
                except sqlite3.Error as error:
                    assert ("full" in str(error)) is (kind == "ENOSPC")
                    failed.append(transaction)
            connection.close()
            found = found_after()
            assert set(acknowledged) <= set(found) <= {*acknowledged, *failed}
            assert len(failed) <= 1
            failures += len(failed)
    assert failures > 10


def test_a_log_and_its_folder_are_flushed_as_on_a_real_disk() -> None:
    with installed() as disk:
        connection = connected()
        committed(disk, connection, 1)
        flushes = [line.partition(" flush ")[2] for line in disk.trace.lines if " flush " in line]
        log = flushes.index(f"{DATABASE}-wal")
        assert flushes[log + 1] == str(ROOT), "the folder of a new log"
        assert str(ROOT) not in flushes[log + 2 :], "once"


def test_a_second_connection_finds_it_locked() -> None:
    with installed(), closing(connected()) as first:
        first.execute("BEGIN EXCLUSIVE")
        second = sqlite3.connect(DATABASE, timeout=0.2)
        with closing(second), pytest.raises(sqlite3.OperationalError, match="locked"):
            second.execute("SELECT * FROM sqlite_master")
    with installed() as disk:
        dead = connected()
        dead.execute("BEGIN EXCLUSIVE")
        disk.refuse_everything()
        disk.begin_life()
        with closing(connected()) as alive:
            alive.execute("BEGIN EXCLUSIVE")
        dead.close()


def test_readers_and_a_writer_exclude_each_other_as_in_sqlite() -> None:
    with installed():
        writer, reader = (sqlite3.connect(DATABASE, timeout=0.2) for _each in range(2))
        with closing(writer), closing(reader):
            with writer:
                writer.execute("CREATE TABLE photos (number INTEGER)")
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM photos").fetchone() == (0,)
            writer.execute("INSERT INTO photos VALUES (1)")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                writer.commit()
            reader.rollback()
            writer.commit()
            assert reader.execute("SELECT count(*) FROM photos").fetchone() == (1,)


def test_databases_elsewhere_and_in_memory_are_left_to_sqlite(tmp_path: Path) -> None:
    with installed() as disk:
        before = disk.operations
        for place in (":memory:", tmp_path / "real.db"):
            with closing(sqlite3.connect(place)) as connection, connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("CREATE TABLE photos (number INTEGER)")
        assert disk.operations == before
    assert (tmp_path / "real.db").stat().st_size > 0


def test_a_connection_of_a_history_that_is_over_can_be_closed() -> None:
    with ExitStack() as history:
        disk = history.enter_context(installed())
        connection = connected()
        acknowledged = committed(disk, connection, 2)
        left = connected()
        left.execute("INSERT INTO photos VALUES (9, 'first', '')")
        disk.refuse_everything()
    operations = disk.operations
    left.close()
    assert acknowledged == [0, 1]
    assert disk.operations == operations


HISTORY = "from tests.simulation.commits import digest_of_a_history; print(digest_of_a_history())"


def test_the_same_history_is_the_same_in_every_process() -> None:
    here = [digest_of_a_history(), digest_of_a_history()]
    root = Path(__file__).parents[2]
    there = [
        subprocess.run(
            [sys.executable, "-c", HISTORY],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert len({*here, *there}) == 1
