"""What the judge says of the names and records that a kill leaves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.simulation.evidence import Broken
from tests.simulation.judge.order import INDEX, OrderAtKills

ROOT = Path("/simulated/booth")
RECORDED = "what is recorded in the folder is there"
STAYS = "a staged file stays until its photo is recorded"


def index(folder: Path, recorded: list[str]) -> dict[str, bytes]:
    """The files of an index with these photos, as a kill leaves them: all of it is in the log."""
    path = folder / "index"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE files (path TEXT)")
        connection.executemany("INSERT INTO files VALUES (?)", [(one,) for one in recorded])
        connection.commit()
        endings = ("", "-wal")
        return {f"{ROOT}/{INDEX}{ending}": path.with_name(f"index{ending}").read_bytes() for ending in endings}


@pytest.mark.parametrize(
    ("names", "recorded", "rule"),
    [
        ({"photos/a.jpg": 1}, ["photos/a.jpg"], None),
        ({"photos/a.jpg": 1, ".staging/c/x": 1}, [], None),
        ({"photos/a.jpg": 1}, [".photonic/trash/c/a.jpg"], None),
        ({"photos/a.jpg": 1, ".photonic/trash/c/a.jpg": 1}, [".photonic/trash/c/a.jpg"], None),
        ({".photonic/trash/c/a.jpg": 1}, ["photos/a.jpg"], RECORDED),
        ({"photos/a.jpg": 1, ".staging/c/x": 2}, [], STAYS),
    ],
    ids=["recorded", "not yet", "being deleted", "being restored", "restored too early", "cleared too early"],
)
def test_a_kill_shows_the_order_of_names_and_records(
    tmp_path: Path, names: dict[str, int], recorded: list[str], rule: str | None
) -> None:
    disk = index(tmp_path, recorded)
    numbers = {f"{ROOT}/{name}": number for name, number in names.items()}
    copies = tmp_path / "copies"
    copies.mkdir()

    def judge(*, killed: bool) -> OrderAtKills:
        order = OrderAtKills(copies, {0: ROOT}, lambda path: disk.get(str(path)))
        order.look(numbers, killed=killed)
        return order

    judge(killed=False)
    if rule is None:
        judge(killed=True)
        return
    with pytest.raises(Broken) as caught:
        judge(killed=True)
    assert caught.value.finding.rule == rule


def test_a_name_that_an_earlier_life_has_left_is_not_judged(tmp_path: Path) -> None:
    order = OrderAtKills(tmp_path, {0: ROOT}, lambda _path: None)
    order.look({f"{ROOT}/photos/a.jpg": 1}, killed=False)
    order.look({f"{ROOT}/photos/a.jpg": 1}, killed=True)
    with pytest.raises(Broken, match=r"photos/b\.jpg"):
        order.look({f"{ROOT}/photos/a.jpg": 1, f"{ROOT}/photos/b.jpg": 2}, killed=True)
