"""File descriptors: as many as the system allows, and some that connections never get.

A capture opens files, a pipe, the index; a service whose connections have taken every descriptor takes no photo.
"""

from __future__ import annotations

import resource

KEPT_BACK = 128
"""Descriptors for cameras, photos, the index and hooks; of a very low limit, half of it."""


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard one: the soft one is 1024 for the sake of select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections_limit() -> int | None:
    """How many connections may be open at once; ``None``: the system sets no limit."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft - min(KEPT_BACK, soft // 2)
