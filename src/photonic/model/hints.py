"""What a viewer requests in its stream's URL: fewer frames, smaller frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.frame import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_FPS = 1.0
"""At a lower rate, viewers would regard the stream as frozen."""
MOST_FPS = 240.0
AUTO = "auto"
_SCALES: Mapping[str, Scale] = {
    "full": Scale.FULL,
    "1": Scale.FULL,
    "half": Scale.HALF,
    "0.5": Scale.HALF,
    "1/2": Scale.HALF,
    "quarter": Scale.QUARTER,
    "0.25": Scale.QUARTER,
    "1/4": Scale.QUARTER,
}
_CHOICES = (AUTO, *(scale.value for scale in Scale))


@dataclass(frozen=True, slots=True)
class Hints:
    """``max_fps``: ``None`` is every frame. ``adapts``: a viewer that is too slow for ``scale`` gets a smaller one."""

    max_fps: float | None = None
    scale: Scale = Scale.FULL
    adapts: bool = True

    @property
    def query(self) -> dict[str, str]:
        """The query parameters for a ``photonic.live.v1`` stream."""
        scale = {} if self.adapts else {"scale": self.scale.value}
        return scale if self.max_fps is None else {**scale, "max_fps": f"{self.max_fps:g}"}


EVERYTHING = Hints()
"""Every frame in full size, as long as the viewer is fast enough."""


def parse_hints(query: Mapping[str, str], *, adapts_by_default: bool) -> Hints:
    """The hints in a stream's query; other fields are ignored.

    Raises ``BadInput`` with the field and what it accepts.
    """
    scale, adapts = Scale.FULL, adapts_by_default
    if (text := query.get("scale")) is not None:
        adapts = text.strip().lower() == AUTO
        scale = Scale.FULL if adapts else _scale(text)
    fps = query.get("max_fps")
    return Hints(None if fps is None else _fps(fps), scale, adapts)


def _scale(text: str) -> Scale:
    scale = _SCALES.get(text.strip().lower())
    if scale is None:
        raise BadInput(
            f"unknown scale {text[:40]!r}",
            field="scale",
            choices=_CHOICES,
        )
    return scale


def _fps(text: str) -> float:
    try:
        fps = float(text)
    except ValueError:
        fps = math.nan
    if not LEAST_FPS <= fps <= MOST_FPS:
        raise BadInput(
            f"max_fps must be a number from {LEAST_FPS:g} to {MOST_FPS:g}, not {text[:40]!r}", field="max_fps"
        )
    return fps
