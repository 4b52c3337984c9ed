"""How the photo at a path was taken, according to its Exif facts. Blocks: call it on a thread."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING

from photonic.service.files import disk
from photonic.service.media import exif

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.exif import ExifFacts

log = logging.getLogger(__name__)


def read_exif(path: Path) -> ExifFacts | None:
    """How the photo at ``path`` was taken; ``None`` when the file is gone, is a link, or does not say.

    Raises ``OSError`` if the disk does not read it: whose photo it is depends on these facts.
    """
    try:
        with disk.opened(path) as content:
            return exif.facts(content)
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ELOOP}:
            raise
        log.info("cannot read how %s was taken: %s", path, error)
        return None
