"""The size of a camera process, and the limits for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from photonic.worker.supervision.memory import MemoryLimits, Verdict, resident_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("size", "verdict"), [(0, Verdict.FINE), (99, Verdict.FINE), (100, Verdict.RECYCLE), (300, Verdict.KILL)]
)
def test_a_process_is_recycled_at_the_first_limit_and_killed_at_the_second(size: int, verdict: Verdict) -> None:
    assert MemoryLimits(recycle_bytes=100, kill_bytes=300).verdict(size) is verdict


def test_a_process_that_fills_memory_is_seen_to_grow() -> None:
    before = resident_bytes(os.getpid())
    ballast = bytearray(os.urandom(1) * (64 * 2**20))
    after = resident_bytes(os.getpid())
    assert before is not None
    assert after is not None
    assert after - before > len(ballast) // 2


def test_a_process_that_is_gone_or_odd_has_no_size(tmp_path: Path) -> None:
    assert resident_bytes(1, tmp_path) is None
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "statm").write_text("12")
    assert resident_bytes(1, tmp_path) is None
