"""What a lens can be asked to do."""

from __future__ import annotations

from enum import StrEnum


class FocusAction(StrEnum):
    """``auto``: find the focus; ``cancel``: stop finding it; ``near`` and ``far``: drive the lens by steps."""

    AUTO = "auto"
    CANCEL = "cancel"
    NEAR = "near"
    FAR = "far"
