"""Files that come in several goes: where what has arrived of one waits, until the rest does.

The name says of which object it is: another object, of whatever kind, has another name. It says of which run of the
machine it is, too: what was written before a power cut may have holes, so nobody goes on with it.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.worker.link.card_messages import CardObject

PREFIX = "part-"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def part_path(staging: Path, wanted: CardObject) -> Path:
    """Where the part of an object lies that has arrived."""
    facts = "\0".join(map(str, (_boot_id(), wanted.folder, wanted.name, wanted.size_bytes, wanted.taken_at)))
    digest = hashlib.blake2s(facts.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return staging / f"{PREFIX}{digest}-{_UNSAFE.sub('_', wanted.name)[-80:]}"


@cache
def _boot_id() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:  # no Linux: then nothing tells a power cut from a crash
        return ""
