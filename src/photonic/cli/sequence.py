"""``photonic burst``, ``bracket``, ``stack`` and ``timelapse``: many photos, asked for at once."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.outcome import ExitCode
from photonic.cli.service_address import DEFAULT_URL, Camera, Token, Url
from photonic.errors import BadInput

if TYPE_CHECKING:
    import asyncio

    from photonic.cli.sequence_line import SequenceLine
    from photonic.cli.terminal_line import Printer
    from photonic.client.camera import CameraClient
    from photonic.model.sequence import SequenceReport, SequenceRequest

Session = Annotated[str, typer.Option(help="Whom the photos belong to: letters, digits, _ and -.")]
Number = Annotated[int, typer.Option("--sequence", help="The first photo's number; those after it count on.")]
Directory = Annotated[str, typer.Option(help="Folder below the service's photo root.")]
SelfTimer = Annotated[
    str | None, typer.Option(help="Count down this long before the first photo.", show_default="none")
]
Json = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON at the end, in the place of paths.")]

ASK_AGAIN_SECONDS = 0.5
TAKES = {
    "count": "--count takes 1 to 100000",
    "delay_seconds": "--self-timer takes 0s to 168h",
    "focus_end": "--start and --steps take -500 to 500 together",
    "focus_size": "--size takes 1, 2 or 3",
    "focus_start": "--start takes -500 to 500",
    "interval_seconds": "--every takes 100ms to 168h",
    "output_directory": "--output-directory takes a folder of at most 1024 characters",
    "sequence_number": "--sequence takes 0 to 2147483647",
    "session_id": "--session takes 1 to 64 of letters, digits, _ and -",
    "stops": "--stops takes 1 to 25 numbers from -20 to 20",
    "vary": "--vary takes shutter, exposure_compensation, iso or aperture",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where it is shown how far the sequence is: the line, and the paths above it; ``quiet``: no paths."""

    line: SequenceLine
    printer: Printer
    quiet: bool


def burst(
    *,
    count: Annotated[int, typer.Option(help="How many photos.")] = 5,
    self_timer: SelfTimer = None,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Take photos as fast as it goes, and print the path of each when it is on the service's disk.

    Shows progress and time left on a terminal. Ctrl-C ends it with what was taken. Exit code 1 when not all were.
    """
    from photonic.cli.times import duration

    delay = None if self_timer is None else duration(self_timer, "--self-timer")
    request = _request(
        kind="burst" if delay is None else "self_timer",
        session_id=session,
        sequence_number=sequence,
        output_directory=output_directory,
        count=count,
        delay_seconds=delay,
    )
    _take(url, camera, token, request, json=json)


def bracket(
    *,
    stops: Annotated[str, typer.Option(help="One photo for each: brighter, or darker where negative.")] = "-2,0,2",
    vary: Annotated[
        str | None,
        typer.Option(
            help="shutter, exposure_compensation, iso or aperture.",
            show_default="shutter in manual mode, else exposure_compensation",
        ),
    ] = None,
    self_timer: SelfTimer = None,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Take an exposure bracket, and print the path of each photo when it is on the service's disk.

    The camera is set back after each photo. Ctrl-C ends it with what was taken. Exit code 1 when not all were.
    """
    from photonic.cli.times import duration

    request = _request(
        kind="bracket",
        session_id=session,
        sequence_number=sequence,
        output_directory=output_directory,
        stops=_stops(stops),
        vary=None if vary is None else vary.strip().replace("-", "_").casefold(),
        delay_seconds=None if self_timer is None else duration(self_timer, "--self-timer"),
    )
    _take(url, camera, token, request, json=json)


def stack(
    *,
    steps: Annotated[
        int, typer.Option(help="How many steps the lens goes from the first photo to the last; negative ones nearer.")
    ],
    size: Annotated[int, typer.Option(help="Of each step: 1 small, 2 medium, 3 large.")] = 1,
    start: Annotated[
        int, typer.Option(help="Steps up to the first photo from where the lens is now; negative ones nearer.")
    ] = 0,
    count: Annotated[int | None, typer.Option(help="How many photos.", show_default="one at each step")] = None,
    self_timer: SelfTimer = None,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Take a focus stack: the lens goes on between two photos, and back to where it was after the last one.

    Focus on the nearest point first. Prints the path of each photo when it is on the service's disk. Ctrl-C ends it
    with what was taken, and the lens goes back. Exit code 1 when not all were.
    """
    from photonic.cli.times import duration

    if steps == 0:
        raise BadInput("--steps takes another number than 0: the lens would not move")
    request = _request(
        kind="focus_stack",
        session_id=session,
        sequence_number=sequence,
        output_directory=output_directory,
        focus_start=start,
        focus_end=start + steps,
        focus_size=size,
        count=count,
        delay_seconds=None if self_timer is None else duration(self_timer, "--self-timer"),
    )
    _take(url, camera, token, request, json=json)


def _stops(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"--stops takes numbers with commas, like -2,0,2, not {text!r}") from error


def timelapse(
    *,
    every: Annotated[str, typer.Option(help="Time between two photos: 10s, 1m30s, 500ms.")],
    count: Annotated[int | None, typer.Option(help="How many photos.", show_default="as many as fit")] = None,
    until: Annotated[
        str | None, typer.Option(help="No photo later than this: 18:30, or 2026-05-01T18:30.", show_default="never")
    ] = None,
    self_timer: SelfTimer = None,
    allow_misses: Annotated[
        bool, typer.Option("--allow-misses", help="Even if the camera's last photos took longer than that.")
    ] = False,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Take a photo at every tick, and print the path of each when it is on the service's disk.

    Takes --count or --until, or both. The service takes the photos: it goes on when this command is killed, and when
    the service itself is started anew. Shows progress and time left on a terminal. Ctrl-C ends it with what was taken.
    Exit code 1 when photos failed or were missed.
    """
    from datetime import datetime

    from photonic.cli.times import duration, moment

    request = _request(
        kind="interval",
        session_id=session,
        sequence_number=sequence,
        output_directory=output_directory,
        count=count,
        interval_seconds=duration(every, "--every"),
        delay_seconds=None if self_timer is None else duration(self_timer, "--self-timer"),
        end_at=None if until is None else moment(until, "--until", datetime.now().astimezone()),
        allow_misses=allow_misses,
    )
    if count is None and until is None:
        raise BadInput("a time-lapse has to end: give --count or --until")
    _take(url, camera, token, request, json=json)


def _request(**fields: object) -> SequenceRequest:
    from pydantic import ValidationError

    from photonic.model.sequence import SequenceRequest

    try:
        return SequenceRequest.model_validate(fields)
    except ValidationError as error:
        raise BadInput(TAKES[str(error.errors()[0]["loc"][0])]) from error


def _take(url: str, which: str | None, token: str | None, request: SequenceRequest, *, json: bool) -> None:
    import asyncio
    import time

    from photonic.cli.sequence_line import SequenceLine
    from photonic.cli.terminal_line import terminal_line

    line = SequenceLine(time.monotonic)
    with terminal_line(line) as printer:
        progress = Progress(line, printer, quiet=json)
        report, interrupted = asyncio.run(_taken(url, which, token, request, progress))
    if json:
        typer.echo(report.model_dump_json(indent=2))
    for words in _shortcomings(report):
        typer.echo(f"photonic: {words}", err=True)
    if interrupted:
        sys.exit(ExitCode.INTERRUPTED)
    if report.saved < report.total:
        sys.exit(ExitCode.FAILED)


async def _taken(
    url: str, which: str | None, token: str | None, request: SequenceRequest, progress: Progress
) -> tuple[SequenceReport, bool]:
    """The report at the end, and whether somebody wanted it to end early."""
    import asyncio

    from photonic.cli.stopping import stop_signals
    from photonic.client.camera import CameraClient

    async with CameraClient(url, which, token) as camera:
        # A service that is not there is said at once; one that goes away meanwhile is waited for.
        await camera.health()
        with ExitStack() as signals:
            told = signals.enter_context(stop_signals())
            record = await camera.sequences.begin(request)
            if record.warning:
                progress.printer.notice(f"photonic: {record.warning}")
            stopping = asyncio.create_task(_cancel_when(told, camera, record.id, signals))
            try:
                await _follow(camera, record.id, progress)
            finally:
                stopping.cancel()
                await asyncio.wait([stopping])
        return await camera.sequences.report(record.id), told.is_set()


async def _cancel_when(told: asyncio.Event, camera: CameraClient, sequence_id: str, signals: ExitStack) -> None:
    import asyncio

    from photonic.errors import ServiceError

    await told.wait()
    # Who asks twice does not want to wait for the last frame either.
    signals.close()
    while True:
        try:
            await camera.sequences.cancel(sequence_id)
        except ServiceError as error:
            if error.status is None:
                await asyncio.sleep(ASK_AGAIN_SECONDS)
                continue
            # 409: it has ended by itself.
        return


async def _follow(camera: CameraClient, sequence_id: str, progress: Progress) -> None:
    """Show how far it is, and print the path of each photo, until the sequence has ended."""
    printed = 0
    async for status in camera.sequences.follow(sequence_id):
        progress.line.tell(status)
        if not progress.quiet and status.saved + status.failed + status.missed > printed:
            printed = await _print_paths(camera, sequence_id, printed, progress.printer)
    if not progress.quiet:
        await _print_paths(camera, sequence_id, printed, progress.printer)


async def _print_paths(camera: CameraClient, sequence_id: str, printed: int, printer: Printer) -> int:
    """Print the photos of ended frames after number ``printed``; the number of the last frame that has ended."""
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


def _shortcomings(report: SequenceReport) -> list[str]:
    """What a person should know of photos that there are not."""
    failed = [frame for frame in report.frames if frame.phase == "failed"]
    words = [f"{report.saved} of {report.total} photos saved"] if report.saved < report.total else []
    words += [f"photo {frame.number} failed: {frame.error}" for frame in failed]
    words += [
        f"photo {gap.first} was missed: {gap.reason}"
        if gap.first == gap.last
        else f"photos {gap.first} to {gap.last} were missed: {gap.reason}"
        for gap in report.gaps
    ]
    return words + ([report.error] if report.error else [])
