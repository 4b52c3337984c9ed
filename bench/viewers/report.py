"""Results as tables in Markdown: for terminals and for documents alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.spread import ratio
from bench.viewers.servers import ServerKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.viewers.run import Results
    from bench.viewers.turns import Row

HEAD = (
    "viewers",
    "server",
    "fps median / worst",
    "CPU %",
    "of floor",
    "p50 / p99 ms",
    "p99 of floor",
    "missed",
    "RSS MB",
)
SLOW_HEAD = (
    "slow viewers",
    "fps median / worst",
    "p50 / p99 ms",
    "p99 relative to none",
    "CPU %",
    "RSS MB",
    "growth in 60 s",
)


def report(results: Results) -> str:
    """Every table that there is something for, with what it was made on."""
    parts = [", ".join(f"{name} {value}" for name, value in results.machine.items())]
    if not results.pinned:
        parts.append("One core only: server and viewers share it, and these figures are not comparable.")
    for transport in dict.fromkeys(row.transport for row in results.rows):
        rows = [row for row in results.rows if row.transport == transport]
        parts.append(f"{transport}:\n\n{_table(HEAD, _cells(rows))}")
    if results.limits:
        parts.append(_limits(results))
    if results.slow:
        parts.append(f"beside slow viewers (10 KB/s):\n\n{_table(SLOW_HEAD, _slow_cells(results.slow))}")
    parts += [
        f"after a capture, {results.plan.resume} viewers ({transport}): a pause of {came['pause_ms']:.0f} ms, the last "
        f"viewer's fresh frame {came['spread_ms']:.1f} ms after the first one's, {came['without']:.0f} without"
        for transport, came in results.resume.items()
    ]
    if any(row.drain_limited for row in results.rows):
        parts.append("* the viewers' own core was saturated: this row does not show the limit of the server")
    return "\n\n".join(parts)


def _cells(rows: Sequence[Row]) -> Iterable[tuple[str, ...]]:
    floors = {(row.viewers, row.server): row for row in rows if row.server in {ServerKind.BARE, ServerKind.BARE_TLS}}
    for row in rows:
        tls = ServerKind(row.server).tls
        floor = floors.get((row.viewers, ServerKind.BARE_TLS if tls else ServerKind.BARE))
        yield (
            f"{row.viewers}{'*' if row.drain_limited else ''}",
            row.server,
            f"{row.fps_median:.1f} / {row.fps_worst:.1f}",
            f"{row.cpu_percent.median:.1f} ({row.cpu_percent.least:.1f}-{row.cpu_percent.greatest:.1f})",
            _times(ratio(row.cpu_percent.median, floor.cpu_percent.median) if floor else None),
            # Nobody decrypts what comes over TLS: its frames show neither their time nor their number.
            "-" if tls else f"{row.p50_ms.median:.1f} / {row.p99_ms.median:.1f}",
            "-" if tls else _times(ratio(row.p99_ms.median, floor.p99_ms.median) if floor else None),
            "-" if tls else str(row.missed),
            f"{row.resident_mb:.0f}",
        )


def _slow_cells(rows: Sequence[Row]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        yield (
            str(row.slow),
            f"{row.fps_median:.1f} / {row.fps_worst:.1f}",
            f"{row.p50_ms.median:.1f} / {row.p99_ms.median:.1f}",
            _times(ratio(row.p99_ms.median, rows[0].p99_ms.median)),
            f"{row.cpu_percent.median:.1f}",
            f"{row.resident_mb:.0f}",
            f"{row.grown_mb:+.1f}",
        )


def _limits(results: Results) -> str:
    lines: list[str] = []
    for transport, found in results.limits.items():
        ours, floor = found[ServerKind.PHOTONIC], found[ServerKind.BARE]
        share = _times(ratio(ours, floor))
        lines.append(f"most viewers at >= 29/30 of the rate on one core ({transport}): {ours}, floor {floor}: {share}")
    return "\n".join(lines)


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _table(head: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
