"""Calls below the binding, with a library that misbehaves."""

from __future__ import annotations

import ctypes
import errno
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from photonic.drivers.gphoto2 import native

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = 512


def giving(size_bytes: int) -> Callable[..., int]:
    """A library that copies a fixed number of bytes, regardless of how many were requested."""

    def read(*arguments: Any) -> int:
        *_place, buffer, size, _context = arguments
        ctypes.memset(buffer, 0x55, size_bytes)
        size.value = size_bytes
        return 0

    return read


@pytest.mark.parametrize("size_bytes", [0, 1, ASKED, ASKED + 1, ASKED + native.MARGIN_BYTES])
def test_more_than_was_asked_for_is_dropped(monkeypatch: pytest.MonkeyPatch, size_bytes: int) -> None:
    monkeypatch.setattr(native, "_file_read", giving(size_bytes))
    pointer: Any = SimpleNamespace(this=0)
    part = native.file_read(pointer, "/", "A.MOV", pointer, offset=0, size_bytes=ASKED)
    assert part == b"\x55" * min(size_bytes, ASKED)


def sending(monkeypatch: pytest.MonkeyPatch, *blocks: bytes) -> list[int]:
    """A library that sends these blocks of a file; returns what it got for each."""
    answers: list[int] = []
    handlers: list[Any] = []

    def new(file: ctypes.c_void_p, handler: Any, _own: object) -> int:
        handlers.append(handler)
        file.value = 1
        return 0

    def get(*_arguments: Any) -> int:
        for block in blocks:
            memory = ctypes.create_string_buffer(block, len(block))
            size = ctypes.c_uint64(len(block))
            answers.append(handlers[-1].write(None, ctypes.addressof(memory), ctypes.pointer(size)))
        return 0

    def unref(_file: object) -> int:
        return 0

    monkeypatch.setattr(native, "_file_new_from_handler", new)
    monkeypatch.setattr(native, "_file_get", get)
    monkeypatch.setattr(native, "_file_unref", unref)
    return answers


def test_each_block_is_passed_on_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    sending(monkeypatch, b"one", b"two", b"three")
    pointer: Any = SimpleNamespace(this=0)
    got: list[bytes] = []
    native.file_get_blocks(pointer, "/", "A.JPG", pointer, lambda block: got.append(bytes(block)))
    assert got == [b"one", b"two", b"three"]


def test_a_block_that_cannot_be_written_does_not_end_the_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would leave the rest of the answer unread, and take it for the answer to its next request."""
    answers = sending(monkeypatch, b"one", b"two", b"three")
    pointer: Any = SimpleNamespace(this=0)
    got: list[bytes] = []

    def take(block: memoryview) -> None:
        got.append(bytes(block))
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        native.file_get_blocks(pointer, "/", "A.JPG", pointer, take)
    assert (got, answers) == ([b"one"], [0, 0, 0])
