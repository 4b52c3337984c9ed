"""The camera's settings by photographers' names, read when needed, and what each may be set to."""

from __future__ import annotations

import difflib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from photonic.drivers.gphoto2.values import refuse_read_only, written
from photonic.errors import BadInput
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting

# The first name that the camera has is taken: Canon EOS, then Nikon, then others (libgphoto2 2.5.34 config.c).
NAMES: Mapping[SettingName, tuple[str, ...]] = {
    SettingName.ISO: ("iso",),
    SettingName.APERTURE: ("aperture", "f-number"),
    SettingName.SHUTTER: ("shutterspeed", "shutterspeed2"),
    SettingName.EXPOSURE_MODE: ("autoexposuremode", "expprogram", "exposuremode"),
    SettingName.EXPOSURE_COMPENSATION: ("exposurecompensation",),
    SettingName.WHITE_BALANCE: ("whitebalance",),
    SettingName.COLOR_TEMPERATURE: ("colortemperature",),
    SettingName.FOCUS_MODE: ("focusmode", "focusmode2"),
    SettingName.DRIVE_MODE: ("drivemode", "capturemode"),
    SettingName.IMAGE_FORMAT: ("imageformat", "imagequality"),
    SettingName.CAPTURE_TARGET: ("capturetarget",),
    SettingName.METERING: ("meteringmode", "exposuremetermode"),
}
IMAGE_FORMAT_NAMES = NAMES[SettingName.IMAGE_FORMAT]
CANON_MODE = "autoexposuremode"
# What an EOS chooses by itself in a mode. It offers nothing then, and libgphoto2 keeps what it offered before (2.5.34
# ptp-pack.c, AvailListChanged with no values).
CHOSEN_BY_CANON: Mapping[str, frozenset[str]] = {
    "shutterspeed": frozenset({"P", "AV", "A_DEP", "DEP", "Auto", "Bulb"}),
    "aperture": frozenset({"P", "TV", "A_DEP", "DEP", "Auto"}),
}
_LIVE_VIEW = "live view belongs to the service: start and stop it there"
_SHUTTER = "photos are taken by the service: ask it for a capture"
_LINK = "the connection needs it as it is"
RESERVED: Mapping[str, str] = {
    "capturetarget": "the service decides where photos go: set capture_target in its configuration",
    **dict.fromkeys(("viewfinder", "eosviewfinder", "output", "movie", "liveviewprohibit"), _LIVE_VIEW),
    **dict.fromkeys(("capture", "bulb", "eosremoterelease"), _SHUTTER),
    **dict.fromkeys(("uilock", "remotemode", "eoscapturemode", "applicationmode", "opcode"), _LINK),
}
"""What is not to be set by others, and why."""

_FORGET = 0.8
"""Of a slow reading, with each one after it."""

T = TypeVar("T")

CARD = "Memory card"
RAM = "Internal RAM"


def expected_objects(image_format: str | None) -> int:
    """How many files a shot makes: two with ``RAW + Large Fine JPEG`` or ``NEF+Fine``; ``None`` (no setting): one."""
    return 1 if image_format is None else image_format.count("+") + 1


def takes_several(drive_mode: str | None) -> bool:
    """Whether one release may take several stills: continuous, and self-timers, which take a whole bracket.

    ``Single``, ``Single Shot`` and ``Single silent`` take one; ``None`` (no setting) counts as that.
    """
    return drive_mode is not None and not drive_mode.casefold().startswith("single")


class Configuration:
    """The settings of one camera, read when needed and remembered until the camera tells of a change.

    Call ``doubt`` when it does: each reading costs the camera a round trip. ``read_seconds``: what the slowest one of
    late has cost. ``clock`` gives seconds, monotonic.
    """

    def __init__(self, camera: GphotoCamera, clock: Callable[[], float] = time.monotonic) -> None:
        self._camera = camera
        self._clock = clock
        self.doubts = 0
        self.read_seconds = 0.0
        self.together = False
        self._known: dict[str, Setting | None] = {}

    def learn(self, settings: Sequence[Setting]) -> None:
        """These are all that the camera has, and it tells all at once: from now on they are read together."""
        self.together = True
        # The library's own look-up by name finds the first one of a name.
        self._known = {setting.name: setting for setting in reversed(settings)}
        for name in CHOSEN_BY_CANON:
            if (setting := self._known.get(name)) is not None:
                self._known[name] = self.as_in_mode(setting)

    def doubt(self) -> None:
        """Something has changed: read anew from now on. ``doubts`` counts them."""
        self.doubts += 1
        self._known.clear()

    def forget(self, *names: str) -> None:
        """Read these anew next time, where each costs a question of its own."""
        if not self.together:
            for name in names:
                self._known.pop(name, None)

    def read(self, *names: str) -> Setting | None:
        """The first of these settings that the camera has; ``None`` where it has none of them."""
        for name in names:
            if self.together and not self._known:
                self.learn(self._timed(self._camera.tree))
            if name not in self._known:
                setting = None if self.together else self._timed(lambda name=name: self._camera.read(name))
                self._known[name] = None if setting is None else self.as_in_mode(setting)
            setting = self._known[name]
            if setting is not None:
                return setting
        return None

    def _timed(self, ask: Callable[[], T]) -> T:
        began = self._clock()
        answer = ask()
        # One that the library answers by itself says nothing of the camera.
        self.read_seconds = max(self._clock() - began, self.read_seconds * _FORGET)
        return answer

    def common(self, name: SettingName) -> Setting | None:
        """The camera's setting for this, ``None`` where it has none."""
        return self.read(*NAMES[name])

    def value(self, name: SettingName) -> str | None:
        """Its value as the camera writes it."""
        setting = self.common(name)
        return setting.value if setting else None

    def find(self, name: str) -> Setting | None:
        """The setting that is meant: a common name, libgphoto2's own, or its path; ``None`` where there is none."""
        common = SettingName.meant(name)
        return self.read(name.strip().rpartition("/")[2]) if common is None else self.common(common)

    def as_in_mode(self, setting: Setting) -> Setting:
        """A setting as it is in the exposure mode, where the library does not know that it cannot be set in it."""
        chosen = CHOSEN_BY_CANON.get(setting.name)
        mode = self.read(CANON_MODE) if chosen is not None else None
        if chosen is None or mode is None or mode.value not in chosen:
            return setting
        return replace(setting, choices=(), writable=False)

    def write(self, name: str, value: str | int) -> None:
        """Set it where it differs from what is known to be in force."""
        setting = self._known.get(name)
        if setting is not None and setting.value == str(value):
            return
        self._camera.write(name, value)
        # Setting one value moves the choices of others (mode and shutter, ISO range and format).
        self.doubt()

    def resolve(self, name: str, wanted: str, field: str) -> tuple[str, str]:
        """libgphoto2's name of a setting, and the value for ``wanted`` as ``write`` takes it.

        Raises ``BadInput`` for ``field`` with the camera's choices: no such setting, not settable now, no such value.
        """
        common = SettingName.meant(name)
        what = common.words if common is not None else name
        setting = self.find(name)
        if setting is None:
            close = () if common is not None else self._alike(name)
            hint = f"; nearest: {', '.join(close)}" if close else ""
            raise BadInput(f"{field}: this camera has no setting for {what}{hint}", field=field, choices=close)
        if setting.name in RESERVED:
            raise BadInput(f"{field} cannot be set here: {RESERVED[setting.name]}", field=field)
        value = written(setting, common, wanted, what=what, field=field)
        if not setting.writable and value != setting.value:
            refuse_read_only(setting, common, what=what, field=field)
        return setting.name, value

    def _alike(self, name: str) -> tuple[str, ...]:
        """Settings of this camera whose names are written much like it; common names before the library's own."""
        own = set(self._camera.names())
        common = [one.value for one in SettingName if own.intersection(NAMES[one])]
        wanted = name.strip().casefold().rpartition("/")[2]
        return tuple(difflib.get_close_matches(wanted, dict.fromkeys((*common, *sorted(own))), n=3))
