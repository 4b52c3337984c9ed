"""``photonic open``: opens a page of the running service in the browser."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from photonic.cli.service_address import DEFAULT_URL, Ca, Token, Url


class Page(StrEnum):
    """The pages, by their paths."""

    CAMERA = "camera"
    BOOTH = "booth"
    GALLERY = "gallery"
    OPERATOR = "operator"

    @property
    def path(self) -> str:
        """Below the service's address."""
        return "" if self is Page.CAMERA else self.value


def open_page(
    page: Annotated[Page, typer.Argument(help="Which page.")] = Page.CAMERA,
    *,
    url: Url = DEFAULT_URL,
    token: Token = None,
    ca: Ca = None,
) -> None:
    """Open a page of the running service in the browser, and print its address."""
    import asyncio
    import webbrowser

    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async def ask() -> None:
        async with CameraClient(url, None, token, ssl_context=trusting(ca)) as camera:
            await camera.health()

    asyncio.run(ask())
    address = f"{url.rstrip('/')}/{page.path}"
    typer.echo(address)
    if not webbrowser.open(address):
        typer.echo("photonic: there is no browser here: open the address on another device", err=True)
