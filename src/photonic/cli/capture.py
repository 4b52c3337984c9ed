"""``photonic capture``: takes one photo and prints its path."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from photonic.cli.outcome import ExitCode
from photonic.cli.output_file import photo_output
from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Json, Token, Url
from photonic.errors import BadInput, ServiceError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from photonic.cli.countdown import Countdown
    from photonic.client.camera import CameraClient
    from photonic.client.capturing import CapturedPhoto, CaptureFields
    from photonic.client.progress import CaptureProgress
    from photonic.model.api import CaptureAnswer, CaptureRequest

Taken = TypeVar("Taken")

RETRY_SECONDS = 0.5
TAKES = {
    "session_id": "--session takes 1 to 64 letters, digits, _ or -",
    "sequence_number": "--sequence takes 0 to 2147483647",
    "output_directory": "--output-directory takes a folder of at most 1024 characters",
    "bulb_seconds": "--bulb takes 1s to 6h",
}


def capture(
    *,
    session: Annotated[str, typer.Option(help="Session of the photo: letters, digits, _ and -.")] = "photo",
    sequence: Annotated[int, typer.Option(help="Number of the photo in the session.")] = 1,
    output_directory: Annotated[str, typer.Option(help="Folder inside the service's photo root.")] = "./photos",
    bulb: Annotated[
        str | None,
        typer.Option(help="Hold the shutter open for this long: 30s, 1m30s, 2h.", show_default="the camera's setting"),
    ] = None,
    retry_without_autofocus: Annotated[
        bool | None,
        typer.Option(
            "--retry-without-autofocus/--no-retry-without-autofocus",
            help="Take the photo even if autofocus fails. Without either option, the service's setting applies.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Also write the JPEG to this file here; - for stdout."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="With -o: replace the file if it exists.")] = False,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Take one photo and print its path once it is on the service's disk.

    With -o, the JPEG is also written to a file on this computer, whose path is printed instead, or to standard output.
    If the camera is set to make no JPEG, no photo is taken.

    Shows the phase and the time left on a terminal. Ctrl-C stops waiting but not the capture; with --bulb it ends the
    exposure and keeps the photo.
    """
    import asyncio
    import time

    from photonic.cli.countdown import Countdown
    from photonic.cli.terminal_line import terminal_line
    from photonic.cli.times import duration

    if json and output is not None:
        raise BadInput("--json prints the answer, -o writes the photo: choose one")
    request = _request(
        session_id=session,
        sequence_number=sequence,
        output_directory=output_directory,
        retry_without_autofocus=retry_without_autofocus,
        bulb_seconds=None if bulb is None else duration(bulb, "--bulb"),
    )
    progress = Countdown(time.monotonic, request.bulb_seconds)
    service = (url, camera, token, ca)
    if output is None:
        with terminal_line(progress):
            answer, interrupted = asyncio.run(_capture(*service, request=request, progress=progress, take=_take))
        _warn(answer.warning)
        typer.echo(answer.model_dump_json(indent=2) if json else answer.image_path)
    else:
        with photo_output(output, overwrite=overwrite) as file:
            with terminal_line(progress):
                taken, interrupted = asyncio.run(
                    _capture(*service, request=request, progress=progress, take=_take_photo)
                )
            photo, warning = taken
            _warn(warning)
            if (path := file.put(photo.content)) is not None:
                typer.echo(path)
    if interrupted:
        sys.exit(ExitCode.INTERRUPTED)


def _warn(warning: str | None) -> None:
    if warning:
        typer.echo(f"photonic: {warning}", err=True)


def _request(**fields: object) -> CaptureRequest:
    from pydantic import ValidationError

    from photonic.model.api import CaptureRequest

    try:
        return CaptureRequest.model_validate(fields)
    except ValidationError as error:
        raise BadInput(TAKES[str(error.errors()[0]["loc"][0])]) from error


async def _capture(
    url: str,
    which: str | None,
    token: str | None,
    ca: Path | None,
    *,
    request: CaptureRequest,
    progress: Countdown,
    take: Callable[[CameraClient, CaptureRequest, Callable[[CaptureProgress], None]], Awaitable[Taken]],
) -> tuple[Taken, bool]:
    """What ``take`` returns, and whether the user ended the exposure early."""
    import asyncio

    from photonic.cli.stopping import stop_signals
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        # An unreachable service is reported at once; a connection lost during the capture is retried.
        await camera.health()
        if request.bulb_seconds is None:
            return await take(camera, request, progress.update), False
        with ExitStack() as signals:
            stop = signals.enter_context(stop_signals())
            exposing: asyncio.Future[str] = asyncio.get_running_loop().create_future()

            def on_progress(update: CaptureProgress) -> None:
                progress.update(update)
                if update.exposure_remaining_seconds is not None and update.capture_id and not exposing.done():
                    exposing.set_result(update.capture_id)

            closing = asyncio.create_task(_end_exposure_when(stop, camera, exposing, signals))
            try:
                return await take(camera, request, on_progress), stop.is_set()
            finally:
                closing.cancel()
                await asyncio.wait([closing])


async def _take(
    camera: CameraClient, request: CaptureRequest, on_progress: Callable[[CaptureProgress], None]
) -> CaptureAnswer:
    return await camera.capture(request.session_id, request.sequence_number, **_fields(request, on_progress))


async def _take_photo(
    camera: CameraClient, request: CaptureRequest, on_progress: Callable[[CaptureProgress], None]
) -> tuple[CapturedPhoto, str | None]:
    """The photo, and the warning in its record."""
    photo = await camera.capture_photo(request.session_id, request.sequence_number, **_fields(request, on_progress))
    try:
        record = await camera.get_capture(photo.capture_id)
    except ServiceError:  # the photo is here all the same
        return photo, None
    return photo, "; ".join(filter(None, (record.warning, record.saved_reason))) or None


def _fields(request: CaptureRequest, on_progress: Callable[[CaptureProgress], None]) -> CaptureFields:
    return {
        "output_directory": request.output_directory,
        "retry_without_autofocus": request.retry_without_autofocus,
        "bulb_seconds": request.bulb_seconds,
        "on_progress": on_progress,
    }


async def _end_exposure_when(
    stop: asyncio.Event, camera: CameraClient, exposing: asyncio.Future[str], signals: ExitStack
) -> None:
    """End the exposure when ``stop`` is set."""
    import asyncio

    await stop.wait()
    # A second Ctrl-C ends the command without waiting for the photo.
    signals.close()
    capture_id = await exposing
    while True:
        try:
            await camera.cancel_capture(capture_id)
        except ServiceError as error:
            if error.status is None:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            # 409: the exposure has already ended.
        return
