"""``photonic burst``, ``bracket``, ``stack`` and ``timelapse``: several photos with one command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.sequence_run import run_sequence
from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Token, Url
from photonic.errors import BadInput

if TYPE_CHECKING:
    from photonic.model.sequence import SequenceRequest

Session = Annotated[str, typer.Option(help="Session of the photos: letters, digits, _ and -.")]
Number = Annotated[int, typer.Option("--sequence", help="Number of the first photo; later photos count up from it.")]
Directory = Annotated[str, typer.Option(help="Folder inside the service's photo root.")]
SelfTimer = Annotated[
    str | None, typer.Option(help="Count down this long before the first photo.", show_default="none")
]
Json = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON at the end instead of paths.")]

TAKES = {
    "count": "--count takes 1 to 100000",
    "delay_seconds": "--self-timer takes 0s to 168h",
    "focus_end": "--start plus --steps must be from -500 to 500",
    "focus_size": "--size takes 1, 2 or 3",
    "focus_start": "--start takes -500 to 500",
    "interval_seconds": "--every takes 100ms to 168h",
    "output_directory": "--output-directory takes a folder of at most 1024 characters",
    "sequence_number": "--sequence takes 0 to 2147483647",
    "session_id": "--session takes 1 to 64 letters, digits, _ or -",
    "stops": "--stops takes 1 to 25 numbers from -20 to 20",
    "vary": "--vary takes shutter, exposure_compensation, iso or aperture",
}


def burst(
    *,
    count: Annotated[int, typer.Option(help="Number of photos.")] = 5,
    self_timer: SelfTimer = None,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Take photos as fast as possible, and print the path of each once it is on the service's disk.

    Shows progress and time left on a terminal. Ctrl-C stops early and keeps the photos taken so far. Exits with 1 if
    any photo is missing.
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
    run_sequence(url, camera, token, ca, request, json=json)


def bracket(
    *,
    stops: Annotated[str, typer.Option(help="Exposure of each photo in stops; negative is darker.")] = "-2,0,2",
    vary: Annotated[
        str | None,
        typer.Option(
            help="Setting to vary: shutter, exposure_compensation, iso or aperture.",
            show_default="shutter in manual mode, otherwise exposure_compensation",
        ),
    ] = None,
    self_timer: SelfTimer = None,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Take an exposure bracket, and print the path of each photo once it is on the service's disk.

    The setting is restored after each photo. Ctrl-C stops early and keeps the photos taken so far. Exits with 1 if any
    photo is missing.
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
    run_sequence(url, camera, token, ca, request, json=json)


def stack(
    *,
    steps: Annotated[int, typer.Option(help="Focus steps from the first photo to the last; negative is nearer.")],
    size: Annotated[int, typer.Option(help="Step size: 1 small, 2 medium, 3 large.")] = 1,
    start: Annotated[
        int, typer.Option(help="Focus steps from the current position to the first photo; negative is nearer.")
    ] = 0,
    count: Annotated[int | None, typer.Option(help="Number of photos.", show_default="one per step")] = None,
    self_timer: SelfTimer = None,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Take a focus stack: the lens moves between photos and returns to its position after the last one.

    Before you start, focus on the nearest point. Prints the path of each photo once it is on the service's
    disk. Ctrl-C stops early, keeps the photos taken so far and returns the lens. Exits with 1 if any photo is missing.
    """
    from photonic.cli.times import duration

    if steps == 0:
        raise BadInput("--steps must not be 0: the lens would not move")
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
    run_sequence(url, camera, token, ca, request, json=json)


def _stops(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"--stops takes numbers separated by commas, such as -2,0,2, not {text!r}") from error


def timelapse(
    *,
    every: Annotated[str, typer.Option(help="Time between two photos: 10s, 1m30s, 500ms.")],
    count: Annotated[int | None, typer.Option(help="Number of photos.", show_default="as many as fit")] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Take no photo after this time: 18:30 or 2026-05-01T18:30.", show_default="no end"),
    ] = None,
    self_timer: SelfTimer = None,
    allow_misses: Annotated[
        bool,
        typer.Option("--allow-misses", help="Accept an interval shorter than the camera recently needed per photo."),
    ] = False,
    session: Session = "photo",
    sequence: Number = 1,
    output_directory: Directory = "./photos",
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Take a photo at a fixed interval, and print the path of each once it is on the service's disk.

    Needs --count, --until or both. The service runs the time-lapse, so it continues if this command is killed, and even
    after a restart of the service. Shows progress and time left on a terminal. Ctrl-C stops early and keeps the photos
    taken so far. Exits with 1 if photos failed or were missed.
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
        raise BadInput("a time-lapse needs an end: give --count or --until")
    run_sequence(url, camera, token, ca, request, json=json)


def _request(**fields: object) -> SequenceRequest:
    from pydantic import ValidationError

    from photonic.model.sequence import SequenceRequest

    try:
        return SequenceRequest.model_validate(fields)
    except ValidationError as error:
        raise BadInput(TAKES[str(error.errors()[0]["loc"][0])]) from error
