"""``python -m soak.shifted_service FILE ...``: ``photonic ...`` on a machine whose clock and boot the file gives.

The time of day of a machine cannot be set for one program, and its boot id not at all. So the service gets clocks of
its own: the real time of day and an offset, and a number for the boot. Both are read again each time.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from photonic.cli import main as photonic
from photonic.machine.timekeeping import Timekeeping


@dataclass
class Conditions:
    """``offset_seconds`` of the time of day, and the number of the ``boot``."""

    offset_seconds: float = 0.0
    boot: int = 1

    def save(self, path: Path) -> None:
        """Let a service that runs with this file see them."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(path)


def timekeeping(path: Path) -> Timekeeping:
    """The clocks under the conditions of this file."""

    def conditions() -> Conditions:
        return Conditions(**json.loads(path.read_text()))

    def wall() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=conditions().offset_seconds)

    return Timekeeping(time.monotonic, wall, f"soak-boot-{conditions().boot}")


def main() -> None:
    """Runs the command."""
    path = Path(sys.argv.pop(1))
    clocks = timekeeping(path)
    setattr(Timekeeping, "of_this_machine", classmethod(lambda _cls: clocks))  # noqa: B010 - a class method
    photonic()


if __name__ == "__main__":
    main()
