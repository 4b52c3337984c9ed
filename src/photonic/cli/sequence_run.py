"""Runs a sequence for its command: progress on the terminal, paths, Ctrl-C, and the report at the end."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from photonic.cli.outcome import ExitCode

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from photonic.cli.sequence_line import SequenceLine
    from photonic.cli.terminal_line import Printer
    from photonic.client.camera import CameraClient
    from photonic.model.sequence import SequenceReport, SequenceRequest

RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SequenceDisplay:
    """Shows progress on ``line`` and prints paths above it; ``quiet``: prints no paths."""

    line: SequenceLine
    printer: Printer
    quiet: bool


def run_sequence(
    url: str, which: str | None, token: str | None, ca: Path | None, request: SequenceRequest, *, json: bool
) -> None:
    """Run a sequence to its end, and exit with 1 if photos are missing.

    Args:
        url: The service's address.
        which: The camera's name or serial number; ``None``: the default camera.
        token: The service's access token, if it requires one.
        ca: The file of an authority whose certificates are accepted; ``None``: none.
        request: The sequence.
        json: Print the report as JSON instead of paths.
    """
    import asyncio
    import time

    from photonic.cli.sequence_line import SequenceLine
    from photonic.cli.terminal_line import terminal_line

    line = SequenceLine(time.monotonic)
    with terminal_line(line) as printer:
        progress = SequenceDisplay(line, printer, quiet=json)
        report, interrupted = asyncio.run(_take_frames(url, which, token, ca, request=request, progress=progress))
    if json:
        typer.echo(report.model_dump_json(indent=2))
    for line in _missing_photos(report):
        typer.echo(f"photonic: {line}", err=True)
    if interrupted:
        sys.exit(ExitCode.INTERRUPTED)
    if report.saved < report.total:
        sys.exit(ExitCode.FAILED)


async def _take_frames(
    url: str,
    which: str | None,
    token: str | None,
    ca: Path | None,
    *,
    request: SequenceRequest,
    progress: SequenceDisplay,
) -> tuple[SequenceReport, bool]:
    """The final report, and whether the user stopped the sequence early."""
    import asyncio

    from photonic.cli.stopping import stop_signals
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        # An unreachable service is reported at once; a connection lost during the sequence is retried.
        await camera.health()
        with ExitStack() as signals:
            stop = signals.enter_context(stop_signals())
            record = await camera.sequences.begin(request)
            if record.warning:
                progress.printer.notice(f"photonic: {record.warning}")
            stopping = asyncio.create_task(_cancel_when(stop, camera, record.id, signals))
            try:
                await _follow(camera, record.id, progress)
            finally:
                stopping.cancel()
                await asyncio.wait([stopping])
        return await camera.sequences.report(record.id), stop.is_set()


async def _cancel_when(stop: asyncio.Event, camera: CameraClient, sequence_id: str, signals: ExitStack) -> None:
    import asyncio

    from photonic.errors import ServiceError

    await stop.wait()
    # A second Ctrl-C ends the command without waiting for the last frame.
    signals.close()
    while True:
        try:
            await camera.sequences.cancel(sequence_id)
        except ServiceError as error:
            if error.status is None:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            # 409: the sequence has already ended.
        return


async def _follow(camera: CameraClient, sequence_id: str, progress: SequenceDisplay) -> None:
    """Show progress and print the path of each photo until the sequence ends."""
    printed = 0
    async for status in camera.sequences.follow(sequence_id):
        progress.line.update(status)
        if not progress.quiet and status.saved + status.failed + status.missed > printed:
            printed = await _print_paths(camera, sequence_id, printed, progress.printer)
    if not progress.quiet:
        await _print_paths(camera, sequence_id, printed, progress.printer)


async def _print_paths(camera: CameraClient, sequence_id: str, printed: int, printer: Printer) -> int:
    """Print the photos of finished frames after number ``printed``; return the last finished frame's number."""
    following: int | None = printed + 1
    while following is not None:
        report = await camera.sequences.get(sequence_id, first=following)
        for frame in report.frames:
            if frame.phase not in {"saved", "failed"}:
                return printed
            for path in frame.paths:
                printer.result(path)
            printed = frame.number
        following = report.next_first
    return printed


def _missing_photos(report: SequenceReport) -> list[str]:
    """One line for each missing photo, with the reason."""
    failed = [frame for frame in report.frames if frame.phase == "failed"]
    lines = [f"{report.saved} of {report.total} photos saved"] if report.saved < report.total else []
    lines += [f"photo {frame.number} failed: {frame.error}" for frame in failed]
    lines += [
        f"photo {gap.first} was missed: {gap.reason}"
        if gap.first == gap.last
        else f"photos {gap.first} to {gap.last} were missed: {gap.reason}"
        for gap in report.gaps
    ]
    return lines + ([report.error] if report.error else [])
