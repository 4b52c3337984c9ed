"""How many more photos the disk has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.api import CaptureRecord

JUDGED = 20


def photos_left(free_bytes: int, reserve_bytes: int, newest: Sequence[CaptureRecord]) -> int | None:
    """About how many, each as large as the ``newest`` were on average, with all their files; ``None`` without any.

    ``reserve_bytes``: with less, a capture is refused.
    """
    saved = [record for record in newest if record.phase is CapturePhase.SAVED and record.files]
    size_bytes = sum(file.size_bytes for record in saved for file in record.files)
    if size_bytes == 0:
        return None
    return max(0, free_bytes - reserve_bytes) * len(saved) // size_bytes
