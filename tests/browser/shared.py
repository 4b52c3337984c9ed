"""One real stack and one browser for the tests of a module; each test has a page of its own."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright
from tests.browser.visitor import Visitor, arguments
from tests.support.absent import program
from tests.support.stack import Stack, stack
from tests.support.waiting import until_answer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from pathlib import Path

    from playwright.async_api import Browser, Page

WITHIN_SECONDS = 20.0


@contextmanager
def configured_stack(folder: Path, configuration: str, *options: str) -> Generator[Stack]:
    """The whole real stack with a configuration file."""
    file = folder / "photonic.toml"
    file.write_text(f"min_free_mb = 0\nlow_space_mb = 0\n{configuration}")
    # Pictures are not what these tests are about, and cost most of their time.
    with stack(folder / "photos", "--config", str(file), *options, camera=("--fps", "8")) as running:
        yield running


@asynccontextmanager
async def shared_browser(*more_arguments: str, home: Path | None = None) -> AsyncGenerator[Browser]:
    """A browser without a window; ``home``: where it looks for authorities that somebody has installed."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program("chromium"),
            headless=True,
            args=[*arguments(), *more_arguments],
            chromium_sandbox=os.geteuid() != 0,
            env=None if home is None else {**os.environ, "HOME": str(home)},
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visiting(browser: Browser) -> AsyncGenerator[Visitor]:
    """Somebody without cookies or kept choices; must not meet an error of the page's scripts."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    visitor = Visitor(await context.new_page())
    try:
        yield visitor
    finally:
        await context.close()
    assert visitor.complaints == [], visitor.complaints


async def grave(page: Page) -> list[str]:
    """What axe finds serious or critical on the page as it is now."""
    await page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found: list[dict[str, Any]] = (await page.evaluate("axe.run()"))["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in {"serious", "critical"}]


async def holds(page: Page, condition: str) -> None:
    """Waits until a condition holds. Playwright's own waiting needs ``eval``, which the pages refuse."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while not await page.evaluate(condition):
            # A turn of the page's own loop.
            await page.evaluate("() => new Promise(done => setTimeout(done, 20))")


async def eventually(look: Callable[[], Any], wanted: Any) -> None:
    """Looks from another thread, until it is what is wanted; fails with what it is instead."""
    await until_answer(lambda: asyncio.to_thread(look), lambda seen: seen == wanted, WITHIN_SECONDS)
