"""Writes the library's settings file: its time-outs on USB, and two defaults that depend on the maker.

Names and defaults: ``camera_init`` of 2.5.34 ``library.c`` (20 s for an answer, 100 s during a capture, 8 s at the
start); the file: ``gphoto2-setting.c``. The time-outs have no effect on PTP/IP, where a read ends after 2.5 s.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.makers import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLISECONDS: Mapping[str, int] = {"normal_timeout": 6_000, "capture_timeout": 40_000, "start_timeout": 4_000}
"""A healthy camera answers within a second, except at the end of an exposure: 30 s is the longest shutter time."""


SETTINGS: Mapping[str, str] = {
    **registry.LIBRARY_SETTINGS,
    **{name: str(value) for name, value in MILLISECONDS.items()},
}


def write_settings(environment: Mapping[str, str] = os.environ) -> bool:
    """Write the settings into this process's own home directory, and return whether they were written.

    Has to run before the library is imported. An existing settings file and a user's home directory are left alone.
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
