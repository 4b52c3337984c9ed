"""How one still is to be taken."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read at run time: the options are sent over the link
from dataclasses import dataclass, field

SHORTEST_BULB_SECONDS = 1.0
LONGEST_BULB_SECONDS = 6 * 3600.0
"""Longer than a camera's battery lasts with its shutter open."""


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """``bulb_seconds``: the shutter is held open for so long; ``None``: as long as the camera is set to.

    ``autofocus`` off: the lens stays where it is. ``retry_without_autofocus``: where the lens finds no focus, expose
    all the same, once. ``settings``: in force for this still only.
    """

    bulb_seconds: float | None = None
    autofocus: bool = True
    retry_without_autofocus: bool = False
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


PLAIN = CaptureOptions()
"""As the camera is set."""
