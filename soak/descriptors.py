"""Counts the open descriptors of a process, without those that umockdev's preload library loses.

At an open of a path below ``/dev`` that is not simulated, the library (0.17) makes a stream socket of the Unix domain,
finds nothing to connect it to, and does not close it. So under it, such sockets are left out: without a name, not
connected, not listening. Nothing in photonic keeps one in that state; every other descriptor counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIBRARY = b"libumockdev-preload"
_STREAM = "0001"
_UNCONNECTED = "01"
_NOT_LISTENING = "00000000"


def count(pid: int, *, preloaded: bool | None = None) -> int:
    """How many descriptors the process has open, without the lost ones.

    ``preloaded``: whether it runs under umockdev's library; ``None``: as its environment says. Raises ``OSError`` if it
    has ended.
    """
    proc = Path(f"/proc/{pid}")
    if preloaded is None:
        preloaded = _LIBRARY in (proc / "environ").read_bytes()
    lost = _lost((proc / "net" / "unix").read_text().splitlines()[1:]) if preloaded else frozenset[str]()
    return sum(1 for descriptor in (proc / "fd").iterdir() if _target(descriptor) not in lost)


def _lost(lines: Iterable[str]) -> frozenset[str]:
    """The nameless and unconnected sockets of ``/proc/net/unix``, as the link of a descriptor names them."""
    rows = (line.split() for line in lines)
    # Num, RefCount, Protocol, Flags, Type, St, Inode, and the Path where there is one.
    return frozenset(
        f"socket:[{row[6]}]" for row in rows if row[3:6] == [_NOT_LISTENING, _STREAM, _UNCONNECTED] and len(row) == 7
    )


def _target(descriptor: Path) -> str | None:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return None  # closed since the folder was read
