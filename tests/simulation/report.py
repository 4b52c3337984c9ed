"""What many histories amount to, for people and as JSON: which seeds ran, what they did, what was found."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.campaign import Ran, Wanted


@dataclass
class Report:
    """The report on one run of many seeds.

    Args:
        wanted: What was run with each seed.
        jobs: On how many processes.
    """

    wanted: Wanted
    jobs: int
    seeds: list[int] = field(default_factory=list[int])
    counts: Counter[str] = field(default_factory=Counter[str])
    findings: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    compared: int = 0
    seconds: float = 0.0
    core_seconds: float = 0.0
    _digests: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, ran: Ran) -> None:
        """Add one history."""
        self.core_seconds += ran.seconds
        if ran.error is not None:
            self.errors.append({"seed": ran.seed, "error": ran.error})
            return
        if (before := self._digests.pop(ran.seed, None)) is not None:
            self.compared += 1
            if before != ran.digest:
                text = f"seed {ran.seed} had the digests {before[:12]} and {ran.digest[:12]}"
                self.findings.append(
                    {"seed": ran.seed, "invariant": 9, "rule": "the same seed is the same history", "text": text}
                )
            return
        if self.wanted.twice_in and ran.seed % self.wanted.twice_in == 0:
            self._digests[ran.seed] = ran.digest
        self.seeds.append(ran.seed)
        self.counts.update({name: round(value) for name, value in ran.counts.items()})
        if ran.finding is not None:
            self.findings.append({"seed": ran.seed, **ran.finding, "all": list(ran.findings)})

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and not self.errors

    def command(self, seed: int) -> str:
        """The command that replays a seed."""
        options = [f"--seed {seed}", f"--captures {self.wanted.captures}"]
        options += [f"--without {kind}" for kind in self.wanted.without]
        if self.wanted.strict:
            options.append("--strict")
        return f"python -m tests.simulation {' '.join(options)}"

    def text(self) -> str:
        """For people."""
        counts, hours = self.counts, self.counts["simulated_seconds"] / 3600
        rate = counts["captures"] / max(0.001, self.core_seconds)
        did = (
            f"{counts['captures']} captures, {counts['deaths']} deaths ({counts['power_losses']} losses of power), "
            f"{counts['operations']} disk operations, {hours:.1f} simulated hours"
        )
        took = f"{self.seconds:.0f} s on {self.jobs} processes: {rate:.0f} captures a second and process"
        lines = [
            f"{len(self.seeds)} seeds{self._range()}: {did}",
            f"{took}; {self.compared} histories were run twice",
            f"findings {len(self.findings)}, errors of the simulator {len(self.errors)}",
        ]
        rules = Counter(f"invariant {one['invariant']}, {one['rule']}" for one in self.findings)
        for rule, count in rules.most_common():
            seeds = [one["seed"] for one in self.findings if f"invariant {one['invariant']}, {one['rule']}" == rule]
            lines.append(f"  {count} x {rule}: seeds {', '.join(map(str, seeds[:8]))}")
            lines.append(f"      {self.command(seeds[0])}")
        lines += [f"  seed {one['seed']}: {one['error']}" for one in self.errors[:5]]
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        """Write it as JSON, and as text beside it. Raises ``OSError``."""
        facts = {
            "wanted": asdict(self.wanted),
            "jobs": self.jobs,
            "seeds": sorted(self.seeds),
            "counts": dict(sorted(self.counts.items())),
            "seconds": round(self.seconds, 1),
            "core_seconds": round(self.core_seconds, 1),
            "compared": self.compared,
            "findings": self.findings,
            "errors": self.errors,
        }
        path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        path.with_suffix(".txt").write_text(self.text() + "\n", encoding="utf-8")

    def _range(self) -> str:
        return f" ({min(self.seeds)} to {max(self.seeds)})" if self.seeds else ""
