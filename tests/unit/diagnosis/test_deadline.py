"""A probe with a deadline: its result, its exception, and one that never ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.deadline import within

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    release = threading.Event()
    yield release
    release.set()


async def test_what_is_found_is_returned() -> None:
    assert await within(60, lambda: 42) == 42


async def test_what_is_raised_is_raised_again() -> None:
    def probe() -> None:
        raise PermissionError("no")

    with pytest.raises(PermissionError, match="no"):
        await within(60, probe)


async def test_one_that_never_ends_costs_its_deadline(stuck: threading.Event) -> None:
    with pytest.raises(TimeoutError):
        await within(0.05, stuck.wait)


async def test_its_thread_keeps_no_process_alive(stuck: threading.Event) -> None:
    with pytest.raises(TimeoutError):
        await within(0.05, stuck.wait)
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "doctor")
