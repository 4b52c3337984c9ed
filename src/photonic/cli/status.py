"""``photonic status``: prints what the camera, live view and captures are doing."""

from __future__ import annotations

from pathlib import Path

import typer

from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Json, Token, Url
from photonic.cli.wording import status_rows


def status(
    *,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Print what the camera, live view and captures are doing, and why."""
    import asyncio

    asyncio.run(_status(url, camera, token, ca, json))


async def _status(url: str, which: str | None, token: str | None, ca: Path | None, json: bool) -> None:
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting
    from photonic.model.status import Snapshot

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        answer = await camera.capture_status()
    if json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None)
    rows = (
        status_rows(answer) if isinstance(answer, Snapshot) else [("capturing", "yes" if answer.is_capturing else "no")]
    )
    for name, text in rows:
        table.add_row(name, text)
    Console().print(table)
