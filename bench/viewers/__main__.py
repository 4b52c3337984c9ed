"""``python -m bench.viewers``: what many viewers cost on this machine, against the least that any server must do."""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench.machine import Cores, allow_descriptors
from bench.viewers.chart import draw
from bench.viewers.drain.viewer import Transport
from bench.viewers.limit import MOST
from bench.viewers.report import report
from bench.viewers.run import Benchmark, Plan
from photonic.errors import BadInput, PhotonicError

VIEWERS = "1,10,50,100,200,500,1000"
QUICK_VIEWERS = "1,50,200"
SPARE_SERVERS = 100


class Wanted(StrEnum):
    """Which streams to measure."""

    WEBSOCKET = "websocket"
    MJPEG = "mjpeg"
    BOTH = "both"


def bench(
    *,
    viewers: Annotated[str | None, typer.Option(help="Numbers of viewers, with commas.", show_default=VIEWERS)] = None,
    transport: Annotated[Wanted, typer.Option(help="Which streams to measure.")] = Wanted.BOTH,
    seconds: Annotated[float, typer.Option(min=0.5, max=600, help="Length of a turn.")] = 5.0,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Turns of each server.")] = 2,
    fps: Annotated[int, typer.Option(min=1, max=240, help="Frames a second.")] = 30,
    size: Annotated[int, typer.Option(min=30_000, max=8_000_000, help="Bytes a frame.")] = 80_000,
    slow: Annotated[
        str, typer.Option(help="Numbers of viewers that read 10 KB/s, beside 50 that keep up; a minute each.")
    ] = "",
    limit: Annotated[bool, typer.Option("--limit", help="Search for the most viewers, too.")] = False,
    resume: Annotated[
        int, typer.Option(min=0, max=5000, help="Viewers that watch through a capture of the simulated camera.")
    ] = 0,
    tls: Annotated[
        bool, typer.Option("--tls", help="Compare TLS with a bare protocol on TLS, and both with plain TCP.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help=f"{QUICK_VIEWERS} viewers, one round of 3 seconds.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write every figure to this file.", show_default=False)] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the rows into this PNG.", show_default=False)] = None,
) -> None:
    """Measure what many viewers cost, against bare servers that send the same bytes, in one run on one machine.

    The real service shows a test pattern. Server and viewers get a core each. Ends with Ctrl-C.
    """
    # A SIGTERM, too, unwinds the context managers that end the servers and viewers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    counts = _numbers("viewers", viewers or (QUICK_VIEWERS if quick else VIEWERS))
    slow_counts = _numbers("slow", slow) if slow else ()
    plan = Plan(
        counts,
        tuple(Transport) if transport is Wanted.BOTH else (Transport(transport.value),),
        slow_counts,
        3.0 if quick else seconds,
        1 if quick else rounds,
        fps,
        size,
        limit,
        resume,
        tls,
    )
    _check_writable(json, plot)
    allow_descriptors(_most_at_once(plan, MOST))
    results = Benchmark(plan, Cores.of_this_machine(), lambda text: typer.echo(text, err=True)).run()
    typer.echo(report(results))
    if json is not None:
        json.write_text(results.to_json())
    if plot is not None:
        draw(results.rows, plot)


def _most_at_once(plan: Plan, limit: int) -> int:
    return max(*plan.counts, max(plan.slow, default=0) + SPARE_SERVERS, plan.resume, limit if plan.limit else 0)


def _numbers(name: str, text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and 1 <= int(part) <= 5000 for part in parts):
        raise BadInput(f"{name} takes numbers from 1 to 5000 with commas, such as 1,50,200; not {text!r}", field=name)
    return tuple(dict.fromkeys(int(part) for part in parts))


def _check_writable(*paths: Path | None) -> None:
    """Before minutes of measuring, not after."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise BadInput(f"there is no folder {path.absolute().parent} for {path.name}", field="path")


def main() -> None:
    """Measures and prints; bad options are one line and exit code 2."""
    application = typer.Typer(add_completion=False)
    application.command()(bench)
    try:
        application()
    except BadInput as error:
        typer.echo(f"bench: {error}", err=True)
        sys.exit(2)
    except PhotonicError as error:
        typer.echo(f"bench: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
