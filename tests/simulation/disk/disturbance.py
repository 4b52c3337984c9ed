"""What is planned to go wrong at one operation of the disk."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What happens at an operation.

    Args:
        kind: ``kill`` and ``power`` end the life; ``EIO`` and ``ENOSPC`` are errors. ``ENOSPC`` passes over what needs
            no space.
        moment: ``before``: without any effect. ``middle``: a write has written a part, a flush has flushed a part; what
            is atomic has happened or not, as drawn. ``after``: all of it has happened.
    """

    kind: Literal["kill", "power", "EIO", "ENOSPC"]
    moment: Literal["before", "middle", "after"] = "before"

    @property
    def error(self) -> int | None:
        """The number of the error; ``None``: a death."""
        return {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}.get(self.kind)
