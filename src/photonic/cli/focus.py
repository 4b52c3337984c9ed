"""``photonic focus``: focuses the lens without taking a photo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Json, Token, Url


def focus(
    *,
    action: Annotated[str, typer.Argument(help="auto, cancel, near or far.")],
    size: Annotated[int, typer.Option(help="Step size for near and far: 1 small, 2 medium, 3 large.")] = 1,
    steps: Annotated[int, typer.Option(help="Number of steps, 1 to 50.")] = 1,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Autofocus, or drive the lens nearer or farther, without taking a photo. Live view must be on.

    With --json, prints the action that was carried out.
    """
    import asyncio

    asyncio.run(_focus(url, camera, token, ca, (action, size, steps)))
    if json:
        from json import dumps

        driven = {"size": size, "steps": steps} if action in {"near", "far"} else {}
        typer.echo(dumps({"action": action, **driven}, indent=2))


async def _focus(url: str, which: str | None, token: str | None, ca: Path | None, wanted: tuple[str, int, int]) -> None:
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    action, size, steps = wanted
    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        await camera.settings.focus(action, size=size, steps=steps)
