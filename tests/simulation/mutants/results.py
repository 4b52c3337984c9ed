"""What the breaks came to: as a table for people, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.simulation.mutants.trial import Verdict

HEADINGS = ("Break", "Seeds", "Found by")


def table(verdicts: Sequence[Verdict]) -> str:
    """A Markdown table, a row a break."""
    rows = [HEADINGS, *((one.mutant.name, _seeds(one), found_by(one)) for one in verdicts)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, f"|{' --- |' * len(HEADINGS)}")
    return "\n".join(lines)


def found_by(verdict: Verdict) -> str:
    """What found a break, or why nothing did."""
    reason = verdict.mutant.reason
    if verdict.sighting is not None:
        return f"invariant {verdict.sighting.invariant}: {verdict.sighting.rule}"
    if verdict.found:
        return f"`{verdict.tests[0] if verdict.tests else verdict.mutant.tests[0]}` ({reason})"
    if verdict.mutant.tests:
        return "NOT FOUND: its tests pass"
    return "NOT FOUND" if reason is None else f"not found: {reason}"


def write(path: Path, verdicts: Sequence[Verdict], seeds: int, captures: int) -> None:
    """Write them as JSON, and the table beside it as text. Raises ``OSError``."""
    facts = {"seeds": seeds, "captures": captures, "breaks": [_facts(one) for one in verdicts]}
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".txt").write_text(table(verdicts) + "\n", encoding="utf-8")


def _seeds(verdict: Verdict) -> str:
    return str(verdict.seeds) if verdict.seeds else "-"


def _facts(verdict: Verdict) -> dict[str, Any]:
    sighting = verdict.sighting
    return {
        "name": verdict.mutant.name,
        "about": verdict.mutant.about,
        "found": verdict.found,
        "satisfied": verdict.satisfied,
        "seeds": verdict.seeds,
        "invariant": None if sighting is None else sighting.invariant,
        "rule": None if sighting is None else sighting.rule,
        "text": None if sighting is None else sighting.text,
        "tests": list(verdict.tests or verdict.mutant.tests),
        "reason": verdict.mutant.reason,
        "seconds": round(verdict.seconds, 1),
        "simulator_errors": verdict.errors,
    }
