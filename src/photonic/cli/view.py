"""``photonic view``: prints statistics of live view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.outcome import ExitCode
from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Token, Url
from photonic.cli.viewing import ViewingStatistics
from photonic.cli.wording import camera_text, capture_text, live_text, viewer_text
from photonic.errors import BadInput
from photonic.model.frame import Scale

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from photonic.client.live import LiveView

REFRESH_SECONDS = 0.25
LINE_SECONDS = 1.0


def view(
    *,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Stop after this many seconds.", show_default="never")
    ] = None,
    max_fps: Annotated[
        float | None, typer.Option(help="Receive at most this many frames per second.", show_default="every frame")
    ] = None,
    scale: Annotated[str, typer.Option(help="Size of the frames: auto, full, half or quarter.")] = "auto",
    save_frames: Annotated[
        tuple[int, Path] | None,
        typer.Option(metavar="N DIR", help="Save the next N frames in DIR, then stop.", show_default=False),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per second.")] = False,
) -> None:
    """Print statistics of live view: frame rate, state, reason, frame age. Reconnects after every interruption.

    Stops on SIGTERM or Ctrl-C. Exits with 1 if no frame arrived, with 3 if the service was unreachable.
    """
    import asyncio

    from photonic.client.live import LiveView
    from photonic.client.trust import trusting

    live = LiveView(url, camera=camera, token=token, max_fps=max_fps, scale=scale, ssl_context=trusting(ca))
    asyncio.run(_watch(live, seconds, save_frames, json=json))


async def _watch(view: LiveView, seconds: float | None, save: tuple[int, Path] | None, *, json: bool) -> None:
    import asyncio

    from photonic.cli.stopping import stop_signals

    viewing = ViewingStatistics()
    with stop_signals() as stop:
        async with view as live:
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(_count(live, viewing, save)),
                        group.create_task(_show(live, viewing, json=json)),
                        group.create_task(stop.wait()),
                    ]
                    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                    for task in tasks:
                        task.cancel()
            except ExceptionGroup as failures:
                # The command line prints a single error as one line, but not a group.
                raise failures.exceptions[0] from None
            last = live.change
    typer.echo(f"{viewing.frames} frames, longest gap {viewing.longest_gap_seconds:.2f} s", err=True)
    if not viewing.frames and not stop.is_set():
        typer.echo(f"photonic: no frame arrived: {last.reason or last.state.value}", err=True)
        raise typer.Exit(ExitCode.UNREACHABLE if last.snapshot is None else ExitCode.FAILED)


async def _count(live: LiveView, viewing: ViewingStatistics, save: tuple[int, Path] | None) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    count, folder = save or (0, Path())
    known = None
    async for frame in live:
        if live.snapshot is not None and live.snapshot is not known:
            known = live.snapshot
            viewing.on_snapshot(known, loop.time())
        viewing.on_frame(frame, loop.time())
        if save is not None:
            await asyncio.to_thread(_save, folder, f"{frame.epoch:04d}-{frame.sequence:08d}.jpg", frame.jpeg)
            count -= 1
            if count <= 0:
                return


def _save(folder: Path, name: str, jpeg: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg)
    except OSError as error:
        raise BadInput(f"cannot write to {folder}: {error.strerror or error}", field="save-frames") from error


async def _show(live: LiveView, viewing: ViewingStatistics, *, json: bool) -> None:
    import sys

    if json:
        await _repeat(LINE_SECONDS, lambda now: typer.echo(json_line(live, viewing, now)))
    elif sys.stdout.isatty():
        from rich.live import Live

        with Live(auto_refresh=False) as screen:
            await _repeat(REFRESH_SECONDS, lambda now: screen.update(_table(rows(live, viewing, now)), refresh=True))
    else:
        await _repeat(LINE_SECONDS, lambda now: typer.echo(_line(rows(live, viewing, now))))


async def _repeat(every_seconds: float, put: Callable[[float], None]) -> None:
    """Call ``put`` with the loop's time at this interval until cancelled."""
    import asyncio

    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(every_seconds)
        put(loop.time())


def json_line(live: LiveView, viewing: ViewingStatistics, now: float) -> str:
    """The statistics as JSON, with the service's newest snapshot as ``status``."""
    from json import dumps

    change, statistics, age = live.change, live.statistics, viewing.age_seconds(now)
    facts = {
        "frames_per_second": round(statistics.fps, 2),
        "state": change.state.value,
        "reason": change.reason,
        "next_try_in_seconds": change.next_try_in,
        "age_ms": None if age is None else round(1000 * age, 1),
        "frames": viewing.frames,
        "missed_lately": statistics.dropped,
        "longest_gap_seconds": round(viewing.longest_gap_seconds, 3),
        "status": None if change.snapshot is None else change.snapshot.model_dump(mode="json"),
    }
    return dumps(facts, ensure_ascii=False)


def rows(live: LiveView, viewing: ViewingStatistics, now: float) -> list[tuple[str, str]]:
    """The rows to show: names and texts."""
    change, statistics, age = live.change, live.statistics, viewing.age_seconds(now)
    snapshot = change.snapshot
    # The camera's reason is shown in its own row, so the other rows leave it out.
    shown = (None,) if snapshot is None else (None, snapshot.camera.reason)
    state = change.state.value if change.reason in shown else f"{change.state.value}: {change.reason}"
    if change.next_try_in is not None:
        state += f" (next try in {change.next_try_in:.1f} s)"
    found = [
        ("rate", f"{statistics.fps:.1f} frames/s"),
        ("state", state),
        ("age", "no frame yet" if age is None else f"{1000 * age:.0f} ms"),
        ("frames", f"{viewing.frames}, {statistics.dropped} missed recently"),
        ("longest gap", f"{viewing.longest_gap_seconds:.2f} s"),
    ]
    if snapshot is not None:
        found += [("camera", camera_text(snapshot)), ("live view", live_text(snapshot.live, shown))]
        found += [("capture", capture_text(capture)) for capture in snapshot.captures]
        if snapshot.viewer is not None and snapshot.viewer.scale is not Scale.FULL:
            found.append(("frame size", viewer_text(snapshot.viewer)))
    return found


def _line(found: list[tuple[str, str]]) -> str:
    return " | ".join(f"{name} {text}" for name, text in found)


def _table(found: list[tuple[str, str]]) -> Table:
    from rich.table import Table

    table = Table(show_header=False, box=None)
    for name, text in found:
        table.add_row(name, text)
    return table
