"""A file that is read slowly is closed, also if its reader is cancelled while a thread opens it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from tests.support.waiting import until_true

from photonic.service.files import disk
from photonic.service.files.paced_reading import PacedReading

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path


async def idle() -> None:
    """No capture runs."""


async def test_a_file_that_is_opened_for_a_cancelled_reader_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"photo")
    begun, go_on = threading.Event(), threading.Event()
    files: list[BufferedReader] = []
    opened = disk.opened

    def slowly_opened(path: Path) -> BufferedReader:
        begun.set()
        assert go_on.wait(20)
        files.append(opened(path))
        return files[-1]

    monkeypatch.setattr(disk, "opened", slowly_opened)
    reading = asyncio.create_task(PacedReading(idle, clock=time.monotonic).sha256(photo))
    await until_true(begun.is_set)
    reading.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until_true(lambda: len(files) == 1)
    assert files[0].closed


async def test_a_file_is_closed_whose_reader_is_cancelled_while_all_threads_are_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"photo")
    threads, busy, go_on = ThreadPoolExecutor(1), threading.Event(), threading.Event()
    asyncio.get_running_loop().set_default_executor(threads)
    content = io.BytesIO(b"photo")

    def other_work() -> None:
        busy.set()
        assert go_on.wait(20)

    def read(_size: int) -> bytes:
        if not (piece := io.BytesIO.read(content)):
            threads.submit(other_work)  # before the close
        return piece

    monkeypatch.setattr(disk, "opened", mock.Mock(return_value=mock.Mock(read=read, close=content.close)))
    monkeypatch.setattr(disk, "drop_cached", mock.Mock())
    reading = asyncio.create_task(PacedReading(idle, clock=time.monotonic).sha256(photo))
    await until_true(busy.is_set)
    while not reading.done():  # the first time, it may not know yet that it has read everything
        reading.cancel()
        await asyncio.sleep(0)
    assert not content.closed
    go_on.set()
    await until_true(lambda: content.closed)


async def test_the_hash_is_that_of_the_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.files.paced_reading.PIECE_BYTES", 2)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"photo")
    found = await PacedReading(idle, clock=time.monotonic).sha256(photo)
    assert found == (5, hashlib.sha256(b"photo").hexdigest())
