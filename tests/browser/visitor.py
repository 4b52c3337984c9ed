"""Somebody who looks at a page in a real Chromium."""

from __future__ import annotations

import os
from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from photonic.errors import ProtocolError
from photonic.simulator import pixels

if TYPE_CHECKING:
    from playwright.async_api import Page

    from photonic.simulator.pixels import Stamp

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WITHIN_MS = 20_000


def arguments() -> list[str]:
    """Chromium's sandbox does not work for root, and is kept for everybody else."""
    return [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else list(QUIET)


class Visitor:
    """Somebody who looks at the page. Every wait fails after ``WITHIN_MS``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.loads = 0
        page.set_default_timeout(WITHIN_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("load", lambda _page: self._loaded())

    def _loaded(self) -> None:
        self.loads += 1

    async def open(self, url: str) -> None:
        # What the tests read is in the pixels of a full picture, however slow this machine is.
        await self.page.goto(f"{url}?scale=full")

    async def state(self, *states: str) -> None:
        """Waits until the page says one of these states of itself."""
        await self.page.wait_for_selector(", ".join(f"#page[data-state={state}]" for state in states))

    async def live(self) -> None:
        """Waits for a live picture, and for the controls that are loaded behind it."""
        await self.page.wait_for_selector("#page[data-state=live][data-workbench=ready]")

    async def text(self, element: str) -> str:
        return await self.page.inner_text(f"#{element}")

    async def says(self, element: str, part: str) -> None:
        """Waits until an element's text contains a part."""
        await self.page.locator(f"#{element}", has_text=part).wait_for(state="attached")

    async def stamp(self) -> Stamp:
        """What the pixels of the canvas say now. Raises ``ProtocolError``."""
        address = await self.page.evaluate("document.getElementById('picture').toDataURL('image/png')")
        with Image.open(BytesIO(b64decode(address.partition(",")[2]))) as image:
            return pixels.read(image)

    async def newer_than(self, counter: int) -> Stamp:
        """The stamp on the canvas, once it is that of a later frame."""
        for _look in range(400):
            try:
                stamp = await self.stamp()
            except ProtocolError:
                stamp = None
            if stamp is not None and stamp.counter > counter:
                return stamp
            # Two painted frames further on.
            await self.page.evaluate(
                "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
        pytest.fail(f"no frame after {counter} on the canvas; the page says {await self.text('state')!r}")
