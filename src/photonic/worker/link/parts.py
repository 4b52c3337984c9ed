"""Names for partly fetched files, which hold the first part of an object until the rest has arrived.

The name identifies the object, so that two objects never share a part. It also identifies the boot of this machine: a
part that was written before a power cut may have holes, and must not be continued.
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
    """The path of the part of this object that has arrived so far."""
    facts = "\0".join(map(str, (_boot_id(), wanted.folder, wanted.name, wanted.size_bytes, wanted.taken_at)))
    digest = hashlib.blake2s(facts.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return staging / f"{PREFIX}{digest}-{_UNSAFE.sub('_', wanted.name)[-80:]}"


@cache
def _boot_id() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:  # not Linux: a power cut cannot be distinguished from a crash
        return ""
