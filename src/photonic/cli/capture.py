"""``photonic capture``: one photo, from asking for it to its path."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.service_address import DEFAULT_URL, Camera, Token, Url

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from photonic.cli.countdown import Countdown
    from photonic.model.api import CaptureAnswer

TAKES = {
    "session_id": "--session takes 1 to 64 of letters, digits, _ and -",
    "sequence_number": "--sequence takes 0 to 2147483647",
    "output_directory": "--output-directory takes a folder of at most 1024 characters",
}


def capture(
    *,
    session: Annotated[str, typer.Option(help="Whom the photo belongs to: letters, digits, _ and -.")] = "photo",
    sequence: Annotated[int, typer.Option(help="Its number in the session.")] = 1,
    output_directory: Annotated[str, typer.Option(help="Folder below the service's photo root.")] = "./photos",
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
) -> None:
    """Take one photo, and print its path when it is on the service's disk.

    Shows phase and time left on a terminal. Ctrl-C ends the waiting, not the capture.
    """
    import asyncio

    from photonic.cli.countdown import countdown

    shown: AbstractContextManager[Countdown | None] = (
        countdown() if typer.get_text_stream("stderr").isatty() else nullcontext()
    )
    with shown as progress:
        wanted = (session, sequence, output_directory, retry_without_autofocus)
        answer = asyncio.run(_capture(url, camera, token, wanted, progress))
    if answer.warning:
        typer.echo(f"photonic: {answer.warning}", err=True)
    typer.echo(answer.image_path)


async def _capture(
    url: str,
    which: str | None,
    token: str | None,
    wanted: tuple[str, int, str, bool | None],
    progress: Countdown | None,
) -> CaptureAnswer:
    from pydantic import ValidationError

    from photonic.client.camera import CameraClient
    from photonic.errors import BadInput
    from photonic.model.api import CaptureRequest

    session, sequence, output_directory, retry_without_autofocus = wanted
    try:
        CaptureRequest(session_id=session, sequence_number=sequence, output_directory=output_directory)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise BadInput(TAKES[field]) from error
    async with CameraClient(url, which, token) as camera:
        # A service that is not there is said at once; one that goes away during the capture is waited for.
        await camera.health()
        return await camera.capture(
            session,
            sequence,
            output_directory=output_directory,
            retry_without_autofocus=retry_without_autofocus,
            on_progress=progress.tell if progress is not None else None,
        )
