"""The words that are typed beside a simulated camera."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from photonic.cli.control_words import LONGEST_LINE, obey
from photonic.errors import BadInput
from photonic.simulator.control import ControlClient

if TYPE_CHECKING:
    from collections.abc import Iterator


class FakeControl(ControlClient):
    """Records what it is asked to do; refuses a press."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 0)
        self.done: list[str] = []

    def unplug(self) -> None:
        self.done.append("unplug")

    def plug(self) -> None:
        self.done.append("plug")

    def press(self) -> None:
        raise BadInput("the camera is off")


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


async def _said(pipe: tuple[int, int], typed: bytes) -> tuple[list[str], list[str]]:
    reading, writing = pipe
    control, said = FakeControl(), list[str]()
    os.write(writing, typed)
    os.close(writing)
    await obey(control, said.append, reading)
    return control.done, said


async def test_each_word_is_carried_out_and_answered(pipe: tuple[int, int]) -> None:
    done, said = await _said(pipe, b"unplug\n\n plug \nkick\npress\nplu")
    assert done == ["unplug", "plug"]
    assert said == [
        "unplugged; plug connects the camera again",
        "plugged in",
        "unknown word 'kick'; known words: unplug, plug, press",
        "press: the camera is off",
    ]


async def test_a_line_without_an_end_is_not_kept(pipe: tuple[int, int]) -> None:
    assert await _said(pipe, b"x" * (LONGEST_LINE + 1)) == ([], [])


@pytest.mark.parametrize("name", ["/dev/null", __file__])
async def test_what_cannot_be_waited_for_is_not_read(name: str) -> None:
    said: list[str] = []
    descriptor = os.open(name, os.O_RDONLY)
    try:
        await obey(FakeControl(), said.append, descriptor)
    finally:
        os.close(descriptor)
    assert said == []
