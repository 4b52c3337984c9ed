"""How to take one still."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read at run time: the options are sent over the link
from dataclasses import dataclass, field

SHORTEST_BULB_SECONDS = 1.0
LONGEST_BULB_SECONDS = 6 * 3600.0
"""No battery lasts longer with the shutter open."""


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """How to take one still. The same object travels from the request's job through the link to the driver.

    Args:
        bulb_seconds: How long the shutter is held open; ``None``: the camera's own shutter speed.
        autofocus: Whether to focus first; otherwise the lens does not move.
        retry_without_autofocus: Whether to expose once more without autofocus when the camera cannot focus.
        settings: Settings for this still only, named as in ``ChangeSettings``.
    """

    bulb_seconds: float | None = None
    autofocus: bool = True
    retry_without_autofocus: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class ArrivedPhoto:
    """A photo that arrived from the camera earlier: it shows how far the camera's clock is ahead at least.

    Args:
        taken_at: Its time by the camera's clock, in seconds.
        seconds_ago: How long ago it arrived, or less.
    """

    taken_at: int
    seconds_ago: float


PLAIN = CaptureOptions()
"""A still with the camera's current settings."""
