"""Patterns for the status that a viewer receives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.status import Snapshot


@dataclass(frozen=True, slots=True)
class StatusPattern:
    """A status that a viewer may receive; ``None``: any value.

    ``camera`` and ``live``: the state, or states with ``|`` between; ``reason``: a pattern, found in either's.
    """

    camera: str | None = None
    live: str | None = None
    reason: str | None = None
    rung: int | None = None

    def fits(self, snapshot: Snapshot) -> bool:
        """Whether this snapshot matches."""
        said = f"{snapshot.camera.reason or ''}\n{snapshot.live.reason or ''}"
        return (
            (self.camera is None or snapshot.camera.state in self.camera.split("|"))
            and (self.live is None or snapshot.live.state in self.live.split("|"))
            and self.rung in {None, snapshot.camera.rung}
            and (self.reason is None or re.search(self.reason, said, re.IGNORECASE) is not None)
        )

    def __str__(self) -> str:
        reported = (("camera", self.camera), ("live view", self.live))
        words = [f"{name} {value.replace('|', ' or ')}" for name, value in reported if value]
        return ", ".join(words) + (f' ("{self.reason}")' if self.reason else "")
