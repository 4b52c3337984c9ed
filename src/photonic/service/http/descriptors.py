"""Raises the limit of file descriptors to the system's maximum, and reserves some that connections never use.

A capture opens files, a pipe and the index. If connections used every descriptor, the service could not take a photo.
"""

from __future__ import annotations

import resource

from photonic.access.connection_counts import ConnectionLimits

RESERVED_CONNECTIONS = 32
"""Connections reserved for operators and programs on this computer; at most an eighth of all."""
KEPT_BACK = 128
"""Descriptors reserved for cameras, photos, the index and hooks; at most half of the limit."""


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard limit; it is usually 1024, which only select(2) requires."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connection_limits(wanted: int, per_address: int) -> ConnectionLimits:
    """The limits of connections for these settings, as far as the descriptors suffice."""
    possible = connections_limit()
    total = wanted if possible is None else min(wanted, possible)
    return ConnectionLimits(total, per_address, min(total // 8, RESERVED_CONNECTIONS))


def connections_limit() -> int | None:
    """How many connections may be open at once; ``None`` if the system sets no limit."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft - min(KEPT_BACK, soft // 2)
