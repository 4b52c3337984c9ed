"""A real Chromium on a real page."""

from __future__ import annotations

import os
from shutil import which
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright
from tests.browser.shared import shared_browser
from tests.browser.visitor import CHROMIUM, Visitor, arguments
from tests.support.scenic import scenic_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Browser
    from tests.support.scenic import ScenicService


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    """One for all tests of a module."""
    async with shared_browser() as running:
        yield running


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncGenerator[Visitor]:
    """A visitor with a new browser, who must not have met an error of the page's scripts."""
    if which(CHROMIUM) is None:
        pytest.fail(f"{CHROMIUM} is not there: scripts/bootstrap installs it, or apt-get install chromium")
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "browser",
            executable_path=CHROMIUM,
            headless=True,
            args=arguments(),
            chromium_sandbox=os.geteuid() != 0,
            viewport={"width": 1280, "height": 800},
        )
        visitor = Visitor(context.pages[0])
        yield visitor
        await context.close()
    assert visitor.complaints == []


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[ScenicService]:
    """The real service over a camera that a test directs."""
    async with scenic_service(tmp_path / "photos") as service:
        yield service
