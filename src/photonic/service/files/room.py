"""An estimate of how many more photos fit on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.api import CaptureRecord

AVERAGED_PHOTOS = 20
"""How many of the newest captures the estimate is made from."""


def photos_left(free_bytes: int, reserve_bytes: int, newest: Sequence[CaptureRecord]) -> int | None:
    """Estimate how many more photos fit on the disk.

    Args:
        free_bytes: on the disk.
        reserve_bytes: with less free space, captures are refused.
        newest: the captures to average; a still counts with all its files.

    Returns:
        The number of photos; ``None`` if none of ``newest`` has files.
    """
    saved = [record for record in newest if record.phase is CapturePhase.SAVED and record.files]
    size_bytes = sum(file.size_bytes for record in saved for file in record.files)
    if size_bytes == 0:
        return None
    return max(0, free_bytes - reserve_bytes) * len(saved) // size_bytes
