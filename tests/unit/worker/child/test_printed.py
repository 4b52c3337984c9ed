"""The output of a camera process becomes a limited number of log lines of limited length."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from photonic.recurring import Recurring
from photonic.worker.child.printed import LINE_LIMIT_BYTES, LINES_LIMIT, Printed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


async def lines_of(pieces: Sequence[bytes], caplog: pytest.LogCaptureFixture, recurring: Recurring) -> list[str]:
    caplog.clear()
    reading, writing = os.pipe()
    printed = Printed(reading, recurring)
    for piece in pieces:
        os.write(writing, piece)
        await asyncio.sleep(0)
    os.close(writing)
    printed.close()
    printed.close()
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]


async def test_a_line_of_the_library_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    recurring = Recurring(time.monotonic)
    for expected in (["camera process printed: connect cmd: Connection refused"], []):
        assert await lines_of([b"connect cmd: Conn", b"ection refused\n"], caplog, recurring) == expected
    assert await lines_of([b"no line's end"], caplog, recurring) == ["camera process printed: no line's end"]


async def test_a_process_that_never_stops_printing_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pieces = [b"".join(b"word " + bytes([97 + n % 26, 97 + n // 26 % 26]) * (n // 676 + 1) + b"\n" for n in range(600))]
    found = await lines_of([*pieces, b"x" * 60_000], caplog, Recurring(time.monotonic))
    assert len(found) == LINES_LIMIT + 1
    assert found[-1].startswith("the camera process printed more than")


async def test_a_line_without_an_end_is_split(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    found = await lines_of([b"y" * (LINE_LIMIT_BYTES + 5)], caplog, Recurring(time.monotonic))
    assert [len(line) - len("camera process printed: ") for line in found] == [LINE_LIMIT_BYTES, 5]


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_whatever_is_printed_ends_nothing(pieces: list[bytes]) -> None:
    async def story() -> None:
        reading, writing = os.pipe()
        printed = Printed(reading, Recurring(time.monotonic))
        for piece in pieces:
            os.write(writing, piece)
            await asyncio.sleep(0)
        printed.close()
        os.close(writing)

    asyncio.run(story())
