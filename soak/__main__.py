"""``python -m soak``: runs the complete system under faults and kills for a chosen time, and judges the run.

Exit code 0: no findings; 1: the checker has findings; 2: the run failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import shutil
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.api import CaptureRecord
from soak import hook, timeline
from soak.checker import check
from soak.evidence import CameraJournal, Evidence, files_below
from soak.history import load
from soak.plan import chances, plan
from soak.rig import HOOKED
from soak.run import CAMERA_JOURNAL, HISTORY, INDEX, PHOTOS, Wanted, soak
from soak.summary import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soak.history import AnyMoment

CAPTURES = 1000
SHOWN = 12


def main() -> int:
    """Runs, judges, and prints."""
    options = _options()
    only = frozenset(options.only.split(",")) if options.only else frozenset[str]()
    if unknown := only - {str(name) for name in chances(usb=options.usb)}:
        print(f"unknown events: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    if options.show_plan:
        for event in islice(plan(options.seed, only=only, usb=options.usb), options.show_plan):
            print(event)
        return 0
    if options.judge is not None and not (options.judge / INDEX).exists():
        print(f"{options.judge} does not contain a finished run", file=sys.stderr)
        return 2
    if options.judge is not None:
        return _verdict(*_kept(options.judge))
    folder = Path(tempfile.mkdtemp(prefix="photonic-soak-")) if options.keep is None else options.keep
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        print(f"{folder} is not empty: a run needs a folder of its own", file=sys.stderr)
        return 2
    wanted = Wanted(
        seed=options.seed,
        captures=options.captures if options.captures or options.hours else CAPTURES,
        hours=options.hours,
        faults=options.faults == "on",
        lanes=options.lanes,
        megapixels=options.megapixels,
        only=only,
        cards=options.cards,
        usb=options.usb,
    )
    print(f"seed {wanted.seed}, files in {folder}", flush=True)
    try:
        outcome = asyncio.run(soak(wanted, folder))
    except (BadInput, RuntimeError, TimeoutError, OSError) as error:
        print(f"the run failed: {error}", file=sys.stderr)
        return 2
    code = _verdict(outcome.history, outcome.evidence)
    if code == 0 and options.keep is None:
        shutil.rmtree(folder)
    else:
        print(f"files are in {folder}; judge them again with: python -m soak --judge {folder}")
    return code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="determines the plan (default: random)"
    )
    parser.add_argument(
        "--captures", type=int, help=f"number of photos to save (default: {CAPTURES}, unless --hours is given)"
    )
    parser.add_argument("--hours", type=float, help="duration")
    parser.add_argument("--faults", choices=("on", "off"), default="on", help="off: captures and viewers only")
    parser.add_argument("--lanes", type=int, default=1, help="number of plans carried out at the same time")
    parser.add_argument("--only", help="comma-separated names of events; all others are left out")
    parser.add_argument("--usb", action="store_true", help="the camera is on a simulated USB bus; needs umockdev")
    parser.add_argument("--cards", type=int, choices=(1, 2), default=2, help="2: the second has a copy of each file")
    parser.add_argument("--megapixels", type=float, default=0.5, help="size of a photo")
    parser.add_argument("--keep", type=Path, help="an empty folder for all files, which is kept")
    parser.add_argument("--judge", type=Path, help="only judge a run that was kept")
    parser.add_argument("--show-plan", type=int, metavar="N", help="only print the first N events")
    return parser.parse_args()


def _kept(folder: Path) -> tuple[list[AnyMoment], Evidence]:
    facts = json.loads((folder / INDEX).read_text())
    index = [CaptureRecord.model_validate(record) for record in facts["captures"]]
    with (folder / CAMERA_JOURNAL).open(encoding="utf-8") as lines:
        journal = CameraJournal.read(lines)
    return load(folder / HISTORY), Evidence(
        journal,
        index,
        files_below(folder / PHOTOS),
        facts["lasting"],
        hook.read(folder / HOOKED),
        facts.get("copies"),
        facts.get("verified"),
    )


def _verdict(history: Sequence[AnyMoment], evidence: Evidence) -> int:
    findings = check(history, evidence)
    for number, finding in enumerate(findings, 1):
        print(f"\nFINDING {number}: {finding.kind}: {finding.text}")
        if number <= SHOWN and (lines := timeline.around(finding, history, evidence.journal.entries)):
            print(lines)
    print()
    print(summary(history, evidence, findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
