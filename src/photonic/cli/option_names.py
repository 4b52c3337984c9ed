"""What the service calls a field, and what the one who typed the command calls it."""

from __future__ import annotations

import re

OPTIONS = {
    "allow_misses": "--allow-misses",
    "bulb_seconds": "--bulb",
    "count": "--count",
    "delay_seconds": "--self-timer",
    "depth_of_field": "--depth-of-field",
    "end_at": "--until",
    "focus_end": "--steps",
    "focus_point": "--focus-point",
    "focus_size": "--size",
    "focus_start": "--start",
    "interval_seconds": "--every",
    "output_directory": "--output-directory",
    "sequence_number": "--sequence",
    "session_id": "--session",
    "stops": "--stops",
    "vary": "--vary",
}
_ANYWHERE = "|".join(name for name in OPTIONS if "_" in name)
# The others are words too: they name a field only where a reason begins with them.
_NAMED = re.compile(rf"^(?:{'|'.join(OPTIONS)})(?=: )|(?<![\w/.-])(?:{_ANYWHERE})(?![\w/.-])")


def in_options(reason: str) -> str:
    """A service's reason with options in the place of its fields: ``--every: take a longer interval``."""
    return _NAMED.sub(lambda found: OPTIONS[found[0]], reason)
