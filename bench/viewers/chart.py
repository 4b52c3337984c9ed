"""CPU and latency against the number of viewers, as a picture: a panel each, a line a server, logarithmic axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from bench.viewers.servers import ServerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.viewers.turns import Row

PANEL_WIDTH, PANEL_HEIGHT = 620, 460
LEFT, RIGHT, TOP, BOTTOM = 78, 24, 64, 64
INK, GRID, PAPER = (40, 44, 52), (222, 226, 232), (255, 255, 255)
COLOURS = {
    ServerKind.PHOTONIC.value: (214, 72, 40),
    ServerKind.BARE.value: (44, 110, 180),
    ServerKind.BLOCKING.value: (120, 130, 140),
}
SCALE = 2

Point = tuple[float, float]


def draw(rows: Sequence[Row], path: Path) -> None:
    """One line of panels for each transport in the rows, saved as PNG. Raises ``OSError``."""
    transports = list(dict.fromkeys(row.transport for row in rows))
    size = (2 * PANEL_WIDTH * SCALE, max(1, len(transports)) * PANEL_HEIGHT * SCALE)
    picture = Image.new("RGB", size, PAPER)
    canvas = ImageDraw.Draw(picture)
    for line, transport in enumerate(transports):
        shown = [row for row in rows if row.transport == transport]
        top = line * PANEL_HEIGHT * SCALE
        _Panel(canvas, 0, top, f"{transport}: CPU of the server, % of a core").draw(
            shown, lambda row: row.cpu_percent.median
        )
        _Panel(canvas, PANEL_WIDTH * SCALE, top, f"{transport}: latency p99, ms").draw(
            shown, lambda row: row.p99_ms.median
        )
    picture.save(path, "PNG")


class _Panel:
    """One pair of axes; ``left`` and ``top`` are its corner in pixels."""

    def __init__(self, canvas: ImageDraw.ImageDraw, left: int, top: int, title: str) -> None:
        self._canvas = canvas
        self._area = (
            left + LEFT * SCALE,
            top + TOP * SCALE,
            left + (PANEL_WIDTH - RIGHT) * SCALE,
            top + (PANEL_HEIGHT - BOTTOM) * SCALE,
        )
        self._text(left + LEFT * SCALE, top + 16 * SCALE, title, 17, "la")

    def draw(self, rows: Sequence[Row], value: Callable[[Row], float]) -> None:
        """Axes, then a line for each server."""
        lines = {
            server: [(float(row.viewers), max(value(row), 0.1)) for row in rows if row.server == server]
            for server in dict.fromkeys(row.server for row in rows)
        }
        points = [point for line in lines.values() for point in line]
        across = _decades([x for x, _y in points])
        up = _decades([y for _x, y in points])
        self._axes(across, up)
        for number, (server, line) in enumerate(lines.items()):
            colour = COLOURS.get(server, INK)
            places = [self._place(point, across, up) for point in sorted(line)]
            self._canvas.line(places, fill=colour, width=3 * SCALE, joint="curve")
            for x, y in places:
                self._canvas.ellipse((x - 4 * SCALE, y - 4 * SCALE, x + 4 * SCALE, y + 4 * SCALE), fill=colour)
            self._legend(number, server, colour)

    def _axes(self, across: Point, up: Point) -> None:
        left, top, right, bottom = self._area
        for x in _ticks(across):
            place, _y = self._place((x, up[0]), across, up)
            self._canvas.line((place, top, place, bottom), fill=GRID, width=SCALE)
            self._text(place, bottom + 8 * SCALE, f"{x:g}", 13, "ma")
        for y in _ticks(up):
            _x, place = self._place((across[0], y), across, up)
            self._canvas.line((left, place, right, place), fill=GRID, width=SCALE)
            self._text(left - 8 * SCALE, place, f"{y:g}", 13, "rm")
        self._canvas.line((left, top, left, bottom, right, bottom), fill=INK, width=SCALE)
        self._text((left + right) / 2, bottom + 34 * SCALE, "viewers", 13, "ma")

    def _legend(self, number: int, server: str, colour: tuple[int, int, int]) -> None:
        left, top, _right, _bottom = self._area
        x, y = left + 14 * SCALE, top + (14 + 22 * number) * SCALE
        self._canvas.line((x, y, x + 24 * SCALE, y), fill=colour, width=3 * SCALE)
        self._text(x + 32 * SCALE, y, server, 13, "lm")

    def _place(self, point: Point, across: Point, up: Point) -> Point:
        left, top, right, bottom = self._area
        return (
            left + (right - left) * _share(point[0], across),
            bottom - (bottom - top) * _share(point[1], up),
        )

    def _text(self, x: float, y: float, text: str, size: int, anchor: str) -> None:
        self._canvas.text((x, y), text, fill=INK, font=ImageFont.load_default(size * SCALE), anchor=anchor)


def _decades(values: Sequence[float]) -> Point:
    """Whole powers of ten around the values."""
    least, most = min(values, default=1.0), max(values, default=10.0)
    begin = 10.0 ** math.floor(math.log10(least))
    end = 10.0 ** math.ceil(math.log10(most) + 1e-9)
    return begin, max(end, 10 * begin)


def _ticks(span: Point) -> list[float]:
    """1, 2 and 5 of each decade."""
    begin, end = span
    found: list[float] = []
    decade = begin
    while decade <= end:
        found += [factor * decade for factor in (1, 2, 5) if factor * decade <= end * 1.0001]
        decade *= 10
    return found


def _share(value: float, span: Point) -> float:
    return math.log(value / span[0]) / math.log(span[1] / span[0])
