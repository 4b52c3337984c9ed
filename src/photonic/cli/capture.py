"""``photonic capture``: one photo, from asking for it to its path."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.outcome import ExitCode
from photonic.cli.service_address import DEFAULT_URL, Camera, Json, Token, Url

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from photonic.cli.countdown import Countdown
    from photonic.client.camera import CameraClient
    from photonic.client.progress import CaptureProgress
    from photonic.model.api import CaptureAnswer, CaptureRequest

ASK_AGAIN_SECONDS = 0.5
TAKES = {
    "session_id": "--session takes 1 to 64 of letters, digits, _ and -",
    "sequence_number": "--sequence takes 0 to 2147483647",
    "output_directory": "--output-directory takes a folder of at most 1024 characters",
    "bulb_seconds": "--bulb takes 1s to 6h",
}


def capture(
    *,
    session: Annotated[str, typer.Option(help="Whom the photo belongs to: letters, digits, _ and -.")] = "photo",
    sequence: Annotated[int, typer.Option(help="Its number in the session.")] = 1,
    output_directory: Annotated[str, typer.Option(help="Folder below the service's photo root.")] = "./photos",
    bulb: Annotated[
        str | None,
        typer.Option(help="Hold the shutter open for so long: 30s, 1m30s, 2h.", show_default="as the camera is set"),
    ] = None,
    retry_without_autofocus: Annotated[
        bool | None,
        typer.Option(
            "--retry-without-autofocus/--no-retry-without-autofocus",
            help="Where the lens finds no focus, expose all the same. Without either: as the service is set.",
            show_default=False,
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Take one photo, and print its path when it is on the service's disk.

    Shows phase and time left on a terminal. Ctrl-C ends the waiting, not the capture; with --bulb it ends the exposure,
    and the photo is kept.
    """
    import asyncio
    import time

    from photonic.cli.countdown import Countdown
    from photonic.cli.terminal_line import terminal_line
    from photonic.cli.times import duration

    request = _request(
        session_id=session,
        sequence_number=sequence,
        output_directory=output_directory,
        retry_without_autofocus=retry_without_autofocus,
        bulb_seconds=None if bulb is None else duration(bulb, "--bulb"),
    )
    progress = Countdown(time.monotonic, request.bulb_seconds)
    with terminal_line(progress):
        answer, interrupted = asyncio.run(_capture(url, camera, token, request, progress))
    if answer.warning:
        typer.echo(f"photonic: {answer.warning}", err=True)
    typer.echo(answer.model_dump_json(indent=2) if json else answer.image_path)
    if interrupted:
        sys.exit(ExitCode.INTERRUPTED)


def _request(**fields: object) -> CaptureRequest:
    from pydantic import ValidationError

    from photonic.errors import BadInput
    from photonic.model.api import CaptureRequest

    try:
        return CaptureRequest.model_validate(fields)
    except ValidationError as error:
        raise BadInput(TAKES[str(error.errors()[0]["loc"][0])]) from error


async def _capture(
    url: str, which: str | None, token: str | None, request: CaptureRequest, progress: Countdown
) -> tuple[CaptureAnswer, bool]:
    """What came of it, and whether somebody wanted the exposure to end early."""
    import asyncio

    from photonic.cli.stopping import stop_signals
    from photonic.client.camera import CameraClient

    async with CameraClient(url, which, token) as camera:
        # A service that is not there is said at once; one that goes away during the capture is waited for.
        await camera.health()
        if request.bulb_seconds is None:
            return await _taken(camera, request, progress.tell), False
        with ExitStack() as signals:
            told = signals.enter_context(stop_signals())
            exposing: asyncio.Future[str] = asyncio.get_running_loop().create_future()

            def tell(news: CaptureProgress) -> None:
                progress.tell(news)
                if news.exposure_remaining_seconds is not None and news.capture_id and not exposing.done():
                    exposing.set_result(news.capture_id)

            closing = asyncio.create_task(_close_when(told, camera, exposing, signals))
            try:
                return await _taken(camera, request, tell), told.is_set()
            finally:
                closing.cancel()
                await asyncio.wait([closing])


async def _taken(
    camera: CameraClient, request: CaptureRequest, tell: Callable[[CaptureProgress], None]
) -> CaptureAnswer:
    return await camera.capture(
        request.session_id,
        request.sequence_number,
        output_directory=request.output_directory,
        retry_without_autofocus=request.retry_without_autofocus,
        bulb_seconds=request.bulb_seconds,
        on_progress=tell,
    )


async def _close_when(
    told: asyncio.Event, camera: CameraClient, exposing: asyncio.Future[str], signals: ExitStack
) -> None:
    """End the exposure when somebody says so."""
    import asyncio

    from photonic.errors import ServiceError

    await told.wait()
    # Who asks twice does not want to wait for the photo either.
    signals.close()
    capture_id = await exposing
    while True:
        try:
            await camera.cancel_capture(capture_id)
        except ServiceError as error:
            if error.status is None:
                await asyncio.sleep(ASK_AGAIN_SECONDS)
                continue
            # 409: it has ended by itself.
        return
