"""Commands to a lens."""

from __future__ import annotations

from enum import StrEnum


class FocusAction(StrEnum):
    """``auto``: focus; ``cancel``: stop focusing; ``near`` and ``far``: drive the lens by steps."""

    AUTO = "auto"
    CANCEL = "cancel"
    NEAR = "near"
    FAR = "far"
