"""Maps a field of the API to the command-line option that sets it."""

from __future__ import annotations

import re

OPTIONS = {
    "allow_misses": "--allow-misses",
    "bulb_seconds": "--bulb",
    "count": "--count",
    "delay_seconds": "--self-timer",
    "depth_of_field": "--depth-of-field",
    "end_at": "--until",
    "ends_in_seconds": "--expires",
    "focus_end": "--steps",
    "focus_point": "--focus-point",
    "focus_size": "--size",
    "focus_start": "--start",
    "interval_seconds": "--every",
    "output_directory": "--output-directory",
    "sequence_number": "--sequence",
    "session_id": "--session",
    "stops": "--stops",
    "streams": "--streams",
    "vary": "--vary",
}
_ANYWHERE = "|".join(name for name in OPTIONS if "_" in name)
# The other names are common words: they mean a field only at the start of a reason.
_NAMED = re.compile(rf"^(?:{'|'.join(OPTIONS)})(?=: )|(?<![\w/.-])(?:{_ANYWHERE})(?![\w/.-])")


def in_options(reason: str) -> str:
    """The reason of a service with the names of fields replaced by options: ``--every: take a longer interval``."""
    return _NAMED.sub(lambda found: OPTIONS[found[0]], reason)
