"""The kinds of faults, and their entries in the reference."""

from __future__ import annotations

import re
from pathlib import Path

from photonic.simulator.fault_kinds import KINDS, FaultName

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "simulated-camera.md"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) ?\| (.*?) ?\| .* \|$", re.MULTILINE)


def test_every_fault_has_its_kind() -> None:
    assert set(KINDS) == set(FaultName)


def test_the_usual_amount_can_be_asked_for() -> None:
    for name, kind in KINDS.items():
        assert 0 <= kind.default <= kind.most, name
        assert kind.amount is not None or kind.default == 0, name
        assert kind.counts is not None or kind.times is None, name


def test_the_reference_has_a_row_for_each() -> None:
    table = REFERENCE.read_text(encoding="utf-8").partition("## Control")[0]
    rows = {name: (amount, counts) for name, amount, counts in ROW.findall(table)}
    assert set(rows) == set(FaultName)
    for name, kind in KINDS.items():
        amount, counts = rows[name]
        assert bool(amount) is (kind.amount is not None), name
        assert not amount or f"({kind.default:g})" in amount, name
        assert bool(counts) is (kind.counts is not None), name
        assert ("(1)" in counts) is (kind.times == 1), name
