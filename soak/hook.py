"""The hook of a soak: writes a line for each photo that it is run for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# /proc/uptime counts as CLOCK_MONOTONIC does on a machine that is not suspended, to a hundredth of a second; the shell
# reads it without another process. One short line that is appended comes whole.
_SCRIPT = 'read -r up idle < /proc/uptime; echo "$up $PHOTONIC_EVENT $PHOTONIC_CAPTURE_ID" >> "$0"'
_WORDS = 3


@dataclass(frozen=True, slots=True)
class Hooked:
    """The hook ran at this time, for this event (``photo.saved`` or ``photo.extended``) of this capture."""

    at: float
    event: str
    capture_id: str


def environment(lines: Path) -> dict[str, str]:
    """The environment that makes the service run the hook, which writes to the file ``lines``."""
    return {"PHOTONIC_HOOKS": json.dumps({"soak": {"command": ["/bin/sh", "-c", _SCRIPT, str(lines)]}})}


def read(lines: Path) -> list[Hooked] | None:
    """What the hook wrote; ``None``: without the file, there was no hook."""
    if not lines.exists():
        return None
    words = (line.split() for line in lines.read_text(encoding="utf-8").splitlines())
    return [Hooked(float(line[0]), line[1], line[2]) for line in words if len(line) == _WORDS]
