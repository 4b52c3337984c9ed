"""Calls below the binding, with a library that misbehaves."""

from __future__ import annotations

import ctypes
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
