"""A real Chromium on a real page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from tests.browser.shared import shared_browser, visiting
from tests.support.scenic import scenic_service

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from playwright.async_api import Browser
    from tests.browser.visitor import Visitor
    from tests.support.scenic import ScenicService


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """One for all tests that need no arguments of their own: a start costs as much as a test."""
    async with shared_browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser) -> AsyncGenerator[Visitor]:
    """A visitor with a browser context of its own."""
    async with visiting(browser) as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session")
async def service(tmp_path: Path) -> AsyncGenerator[ScenicService]:
    """The real service over a camera that a test directs."""
    async with scenic_service(tmp_path / "photos") as service:
        yield service
