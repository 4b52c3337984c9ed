"""``photonic bench``: prints where the benchmark has moved. To be removed in the next release."""

from __future__ import annotations

from photonic.errors import BadInput


def bench() -> None:
    """Moved: the benchmark of many viewers is `make bench-viewers` in a checkout."""
    raise BadInput(
        "the benchmark is no longer part of the installation: clone the repository, then run `make bench-viewers` or, "
        "with the same options, `python -m bench.viewers`"
    )
