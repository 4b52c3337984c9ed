"""``photonic bench``: says where the benchmark is now. To be removed one release later."""

from __future__ import annotations

from photonic.errors import BadInput


def bench() -> None:
    """Moved: the benchmark of many viewers is `make bench-viewers` in a checkout."""
    raise BadInput(
        "the benchmark is no longer part of the installation: clone the repository and run `make bench-viewers`, or "
        "`python -m bench.viewers` with the same options"
    )
