"""Names for partly fetched files, which hold the first part of an object until the rest has arrived.

The name identifies the object, so that two objects never share a part. It also identifies the boot of this machine: a
part that was written before a power cut may have holes, and must not be continued.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.worker.link.card_messages import CardObject

PREFIX = "part-"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def part_path(staging: Path, wanted: CardObject, machine_boot: str) -> Path:
    """The path of the part of this object that has arrived so far; ``machine_boot``: see ``Timekeeping``."""
    facts = "\0".join(map(str, (machine_boot, wanted.folder, wanted.name, wanted.size_bytes, wanted.taken_at)))
    digest = hashlib.blake2s(facts.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return staging / f"{PREFIX}{digest}-{_UNSAFE.sub('_', wanted.name)[-80:]}"
