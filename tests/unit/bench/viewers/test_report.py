from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from bench.viewers.chart import draw
from bench.viewers.drain.viewer import Transport
from bench.viewers.report import report
from bench.viewers.run import Plan, Results
from bench.viewers.servers import ServerKind
from bench.viewers.turns import Row, Turn
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def turn(cpu: float, p99: float, drain: float = 10.0, worst: float = 29.9) -> Turn:
    return Turn(30.0, worst, cpu, 70.0, 0.1, 1.0, p99, 2, drain, 0)


def rows() -> list[Row]:
    return [
        Row.of(kind.value, "websocket", count, 0, [turn(cpu * count, 2.0), turn(1.2 * cpu * count, 4.0, drain)])
        for count, drain in ((10, 20.0), (200, 99.0))
        for kind, cpu in ((ServerKind.BARE, 5.0), (ServerKind.PHOTONIC, 5.5), (ServerKind.BLOCKING, 6.0))
    ]


def results() -> Results:
    plan = Plan((10, 200), (Transport.WEBSOCKET,), resume=200)
    limits = {"websocket": {ServerKind.PHOTONIC.value: 1500, ServerKind.BARE.value: 1600}}
    resume = {"websocket": {"pause_ms": 520.0, "spread_ms": 3.2, "without": 0.0}}
    slow = [Row.of("photonic", "websocket", 50, slow, [turn(5.0, 2.0 + slow / 10)]) for slow in (0, 10)]
    return Results(plan, {"cores": "2"}, pinned=True, rows=rows(), slow=slow, limits=limits, resume=resume)


def test_a_row_has_the_medians_of_its_turns_and_the_worst_of_its_worst() -> None:
    row = Row.of("photonic", "mjpeg", 50, 0, [turn(10.0, 2.0), turn(30.0, 6.0, worst=12.0), turn(11.0, 4.0, 96.0)])
    assert (row.cpu_percent.median, row.p99_ms.median, row.fps_worst, row.missed) == (11.0, 4.0, 12.0, 6)
    assert row.drain_limited


def test_the_table_compares_with_the_floor_of_the_same_number_of_viewers() -> None:
    lines = report(results()).splitlines()
    (ours,) = [line for line in lines if line.startswith("| 10 ") and "photonic" in line]
    assert ours.split("|")[5].strip() == "1.10"
    assert any(line.startswith("| 200*") for line in lines)
    assert "most viewers at >= 29/30 of the rate on one core (websocket): 1500, floor 1600: 0.94" in lines
    beside = lines[lines.index("beside slow viewers (10 KB/s):") :]
    assert [line.split("|")[4].strip() for line in beside if line.startswith(("| 0 ", "| 10 "))] == ["1.00", "1.50"]
    assert any("3.2 ms after the first one's" in line for line in lines)


def test_everything_is_in_the_json() -> None:
    found = json.loads(results().to_json())
    assert found["plan"]["counts"] == [10, 200]
    assert len(found["rows"]) == 6
    assert set(found["rows"][0]) >= {"server", "transport", "viewers", "cpu_percent", "p99_ms", "missed", "resident_mb"}


def test_the_chart_is_a_picture_with_a_line_for_each_server(tmp_path: Path) -> None:
    draw(rows(), tmp_path / "chart.png")
    with Image.open(io.BytesIO((tmp_path / "chart.png").read_bytes())) as chart:
        colours = {colour for _count, colour in chart.getcolors(1 << 24) or ()}
        assert chart.format == "PNG"
    assert {(214, 72, 40), (44, 110, 180), (120, 130, 140)} <= colours
