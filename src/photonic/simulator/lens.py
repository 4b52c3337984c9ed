"""A body's lens: driven by steps between its two ends."""

from __future__ import annotations

STEPS = {1: 10, 2: 50, 3: 200}
"""Small, medium and large, as an EOS has them."""

FAR = 0x8000
NEAREST, FARTHEST = 0, 2000


class Lens:
    """``position`` goes from ``NEAREST`` to ``FARTHEST``."""

    def __init__(self) -> None:
        self.position = (NEAREST + FARTHEST) // 2

    @property
    def metres(self) -> float:
        """How far away is sharp."""
        return self.position / 1000

    def drive(self, order: int) -> bool:
        """One step: its size, with ``FAR`` added for farther. Whether there is such a step; at an end nothing moves."""
        step = STEPS.get(order & ~FAR)
        if step is None:
            return False
        self.position = max(NEAREST, min(FARTHEST, self.position + (step if order & FAR else -step)))
        return True
