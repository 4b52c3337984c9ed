"""File descriptors: raise the limit to what the system allows, and reserve some that connections never use.

A capture opens files, a pipe and the index. If connections held every descriptor, the service could not take a photo.
"""

from __future__ import annotations

import resource

KEPT_BACK = 128
"""Descriptors reserved for cameras, photos, the index and hooks; at most half of the limit."""


def raise_limit() -> None:
    """Raise the soft limit of open files to the hard one; the soft limit is 1024 only for the sake of select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections_limit() -> int | None:
    """How many connections may be open at once; ``None`` if the system sets no limit."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft - min(KEPT_BACK, soft // 2)
