"""What the soak counts as open: everything but the sockets that umockdev's preload library loses."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from soak.descriptors import count

if TYPE_CHECKING:
    from pathlib import Path


def unconnected() -> socket.socket:
    """As umockdev's library leaves it."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def test_a_socket_that_umockdev_loses_is_left_out_under_its_library_only() -> None:
    before = count(os.getpid(), preloaded=True), count(os.getpid(), preloaded=False)
    with unconnected(), unconnected():
        assert count(os.getpid(), preloaded=True) == before[0]
        assert count(os.getpid(), preloaded=False) == before[1] + 2


@pytest.mark.parametrize("leak", ["file", "pipe", "tcp", "datagram", "connected", "listening"])
def test_a_leak_of_ours_is_seen_under_the_library_too(leak: str, tmp_path: Path) -> None:
    before = count(os.getpid(), preloaded=True)
    with ExitStack() as leaked:
        match leak:
            case "file":
                leaked.enter_context((tmp_path / "leak").open("w"))
            case "pipe":
                for end in os.pipe():
                    leaked.callback(os.close, end)
            case "tcp":
                leaked.enter_context(socket.socket())
            case "datagram":
                leaked.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            case "connected":
                for end in socket.socketpair():
                    leaked.enter_context(end)
            case _:
                listening = leaked.enter_context(unconnected())
                listening.bind(b"\0photonic-soak-leak")
                listening.listen()
        assert count(os.getpid(), preloaded=True) > before
