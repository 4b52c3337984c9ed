"""A body's lens: driven in steps between its two end positions."""

from __future__ import annotations

STEPS = {1: 10, 2: 50, 3: 200}
"""Small, medium and large, as an EOS has them."""

FAR = 0x8000
NEAREST, FARTHEST = 0, 2000


class Lens:
    """The lens at ``position``, from ``NEAREST`` to ``FARTHEST``."""

    def __init__(self) -> None:
        self.position = (NEAREST + FARTHEST) // 2

    @property
    def metres(self) -> float:
        """The distance in focus."""
        return self.position / 1000

    def drive(self, order: int) -> bool:
        """Move by one step: ``order`` is its size, plus ``FAR`` for farther; return whether the step exists."""
        step = STEPS.get(order & ~FAR)
        if step is None:
            return False
        self.position = max(NEAREST, min(FARTHEST, self.position + (step if order & FAR else -step)))
        return True
