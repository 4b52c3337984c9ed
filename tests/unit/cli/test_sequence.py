"""The error messages of the sequence commands for values that no service accepts."""

from __future__ import annotations

from typing import Any

import pytest

from photonic.cli.sequence import TAKES, stack
from photonic.errors import BadInput
from photonic.model import sequence as limits
from photonic.model.sequence import SequenceRequest


def test_the_messages_name_the_limits() -> None:
    hours = f"{limits.LONGEST_SECONDS / 3600:.0f}h"
    assert TAKES["count"].endswith(f"1 to {limits.COUNT_LIMIT}")
    assert TAKES["delay_seconds"].endswith(f"to {hours}")
    assert TAKES["interval_seconds"].endswith(f"{limits.SHORTEST_INTERVAL_SECONDS * 1000:.0f}ms to {hours}")
    assert TAKES["stops"].endswith(f"1 to {limits.STOPS_LIMIT} numbers from -{limits.LARGEST_STOP:g} to 20")
    assert str(limits.LARGEST_FOCUS_STEPS) in TAKES["focus_start"]
    assert str(limits.LARGEST_FOCUS_STEPS) in TAKES["focus_end"]


def test_every_field_that_an_option_sets_has_a_message() -> None:
    unset: set[str] = {"kind", "allow_misses", "retry_without_autofocus", "start_at", "end_at"}
    assert set(SequenceRequest.model_fields) - unset == set(TAKES)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"steps": 0}, "--steps must not be 0"), ({"steps": 2, "size": 4}, "--size"), ({"steps": 501}, "--steps")],
)
def test_an_impossible_stack_is_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        stack(**options)
