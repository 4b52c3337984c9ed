"""``photonic look``: magnifies live view, moves the focus point, previews the depth of field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Json, Token, Url

if TYPE_CHECKING:
    from photonic.model.view_options import ViewOptions


def look(
    *,
    magnification: Annotated[
        str | None,
        typer.Option(help="1 for the whole frame; 5 or 10 on a Canon, 50% on a Nikon.", show_default="unchanged"),
    ] = None,
    position: Annotated[
        str | None,
        typer.Option(help="Upper left corner of the magnified area: X,Y in camera pixels.", show_default="unchanged"),
    ] = None,
    focus_point: Annotated[
        str | None,
        typer.Option(help="Autofocus point: X,Y in camera pixels.", show_default="unchanged"),
    ] = None,
    depth_of_field: Annotated[
        bool | None,
        typer.Option(
            "--depth-of-field/--open-aperture",
            help="Stop the aperture down as for a photo, or open it.",
            show_default="unchanged",
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Magnify live view, move the focus point, or preview the depth of field. Live view must be on.

    When live view ends, it returns to the whole frame and an open aperture. With --json, prints the options that were
    set.
    """
    import asyncio

    wanted = {
        "magnification": magnification,
        "position": _point(position, "--position"),
        "focus_point": _point(focus_point, "--focus-point"),
        "depth_of_field": depth_of_field,
    }
    request = _request({name: value for name, value in wanted.items() if value is not None})
    asyncio.run(_look(url, camera, token, ca, request))
    if json:
        typer.echo(request.model_dump_json(indent=2, exclude_none=True))


def _request(fields: dict[str, object]) -> ViewOptions:
    from pydantic import ValidationError

    from photonic.errors import BadInput
    from photonic.model.view_options import ViewOptions

    try:
        return ViewOptions.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            text = "give at least one of --magnification, --position, --focus-point, --depth-of-field, --open-aperture"
            raise BadInput(text) from error
        option = f"--{str(first['loc'][0]).replace('_', '-')}"
        takes = "a number such as 5, or 50%" if option == "--magnification" else "two numbers from 0 to 65535"
        raise BadInput(f"{option} takes {takes}") from error


def _point(text: str | None, option: str) -> tuple[int, int] | None:
    from photonic.errors import BadInput

    if text is None:
        return None
    parts = text.replace("x", ",").split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise BadInput(f"{option} takes X,Y, for example 2400,1600, not {text!r}")
    return int(parts[0]), int(parts[1])


async def _look(url: str, which: str | None, token: str | None, ca: Path | None, wanted: ViewOptions) -> None:
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        await camera.settings.look(
            magnification=wanted.magnification,
            position=wanted.position,
            focus_point=wanted.focus_point,
            depth_of_field=wanted.depth_of_field,
        )
