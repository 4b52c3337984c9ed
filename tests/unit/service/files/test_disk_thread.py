"""A disk that does not answer costs whoever waits for it the deadline, once, and nothing else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from tests.support.waiting import until_true

from photonic.service.files import disk_thread
from photonic.service.files.disk_thread import DiskThread, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator

FOR_EVER = 20.0


@pytest.fixture
def hangs() -> Iterator[threading.Event]:
    """Set: the disk answers."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_thread, "PIECE_SECONDS", 0.2)


async def test_a_disk_that_answers_does_one_piece_after_the_other() -> None:
    thread, running, most = DiskThread("disk"), 0, 0

    def piece(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        running -= 1
        return number

    results = await asyncio.gather(*(thread.do(lambda number=number: piece(number)) for number in range(20)))
    assert results == [*range(20)]
    assert most == 1


async def test_what_a_piece_raises_is_raised_also_a_timeout_of_the_disk() -> None:
    def refuse() -> None:
        raise TimeoutError(110, "the server does not answer")

    with pytest.raises(TimeoutError, match="the server"):
        await DiskThread("disk").do(refuse)


async def test_a_piece_that_hangs_costs_its_deadline_and_all_others_nothing(hangs: threading.Event) -> None:
    thread, done = DiskThread("disk"), list[str]()
    with pytest.raises(NoAnswerError):
        await thread.do(lambda: hangs.wait(FOR_EVER))
    assert thread.hangs
    waiting = asyncio.create_task(thread.do(lambda: done.append("never begun")))
    await asyncio.sleep(0)
    assert waiting.done()
    assert isinstance(waiting.exception(), NoAnswerError)
    thread.later(lambda: done.append("what is left to do"))
    hangs.set()
    await until_true(lambda: not thread.hangs and done)
    await thread.do(lambda: done.append("then"))
    assert done == ["what is left to do", "then"]


async def test_who_waits_behind_a_piece_that_hangs_waits_no_longer(hangs: threading.Event) -> None:
    thread = DiskThread("disk")
    calls = [thread.do(lambda: hangs.wait(FOR_EVER)) for _each in range(2)]
    both = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in both] == [NoAnswerError, NoAnswerError]


async def test_a_piece_goes_on_without_the_one_who_was_cancelled(hangs: threading.Event) -> None:
    thread, done = DiskThread("disk"), list[bool]()
    waiting = asyncio.create_task(thread.do(lambda: done.append(hangs.wait(FOR_EVER))))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    hangs.set()
    await thread.do(lambda: None)
    assert done == [True]


def test_no_process_waits_for_its_thread() -> None:
    script = """
import asyncio, threading
from photonic.service.files import disk_thread

disk_thread.PIECE_SECONDS = 0.1

async def main():
    try:
        await disk_thread.DiskThread("disk").do(threading.Event().wait)
    except disk_thread.NoAnswerError as error:
        print("no answer", error.errno)

asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=FOR_EVER * 3, check=True
    )
    assert (ended.stdout, ended.stderr) == ("no answer 110\n", "")
