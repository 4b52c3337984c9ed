"""What the library is told through its own settings file: how long to wait on USB, to focus, and to use the card.

Names and defaults: ``camera_init`` of 2.5.34 ``library.c`` (20 s for an answer, 100 s during a capture, 8 s at the
start); the file: ``gphoto2-setting.c``. On PTP/IP they have no effect: a read there ends after 2.5 s.

Autofocus: where nothing is set, ``camera_trigger_capture`` releases a Nikon without focusing, while ``config.c`` says
that it stands at "On".

Capture target: where nothing is set, ``camera_prepare_canon_eos_capture`` sends photos to RAM, and setting them back to
the card costs a slow EOS ten answers before the first frame.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLISECONDS: Mapping[str, int] = {"normal_timeout": 6_000, "capture_timeout": 40_000, "start_timeout": 4_000}
"""A sound camera answers within a second, but for the end of an exposure: 30 s is the longest shutter time."""


SETTINGS: Mapping[str, str] = {"autofocus": "on", "capturetarget": "card"} | {
    name: str(value) for name, value in MILLISECONDS.items()
}


def write_settings(environment: Mapping[str, str] = os.environ) -> bool:
    """Write them into the home that this process has to itself; whether they were written.

    Has to come before the library is imported. Settings that are there already, and homes of people, are left alone.
    """
    config = environment.get("XDG_CONFIG_HOME")
    if not config or not Path(config).is_dir():
        return False
    settings = Path(config) / "gphoto" / "settings"
    if settings.exists():
        return False
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("".join(f"ptp2={name}={value}\n" for name, value in SETTINGS.items()), encoding="ascii")
    return True
