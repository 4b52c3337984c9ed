"""The camera's settings under photographers' names, read when needed, and the values that each accepts."""

from __future__ import annotations

import difflib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from photonic.drivers.gphoto2.makers import registry
from photonic.drivers.gphoto2.values import refuse_read_only, written
from photonic.errors import BadInput
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting

IMAGE_FORMAT_NAMES = registry.SETTING_NAMES[SettingName.IMAGE_FORMAT]

_DECAY = 0.8
"""The factor by which each further read reduces the weight of a slow one."""

T = TypeVar("T")


def expected_objects(image_format: str | None) -> int:
    """The number of files of a shot: two with ``RAW + Large Fine JPEG`` or ``NEF+Fine``; ``None`` (no setting): one."""
    return 1 if image_format is None else image_format.count("+") + 1


def takes_several(drive_mode: str | None) -> bool:
    """Whether one release may take several stills: continuous, and self-timers, which take a whole bracket.

    ``Single``, ``Single Shot`` and ``Single silent`` take one; ``None`` (no setting) counts as single.
    """
    return drive_mode is not None and not drive_mode.casefold().startswith("single")


class Configuration:
    """The settings of one camera, cached until the camera reports a change.

    Call ``invalidate`` when it does; each read costs the camera a round trip. ``generation`` counts the invalidations.
    ``read_seconds``: the time of the slowest recent read. ``read_together``: one read fetches all settings. ``clock``
    gives seconds, monotonic.
    """

    def __init__(self, camera: GphotoCamera, clock: Callable[[], float] = time.monotonic) -> None:
        self._camera = camera
        self._clock = clock
        self.generation = 0
        self.read_seconds = 0.0
        self.read_together = False
        self._known: dict[str, Setting | None] = {}

    def learn(self, settings: Sequence[Setting]) -> None:
        """Cache these, which are all settings of the camera; from now on one read fetches them all."""
        self.read_together = True
        # The library's own look-up by name finds the first entry of that name.
        self._known = {setting.name: setting for setting in reversed(settings)}
        for name in registry.CHOSEN_BY_MODE:
            if (setting := self._known.get(name)) is not None:
                self._known[name] = self.as_in_mode(setting)

    def invalidate(self) -> None:
        """Drop the cache, because something on the camera has changed."""
        self.generation += 1
        self._known.clear()

    def forget(self, *names: str) -> None:
        """Drop these from the cache, unless they can only be read together with all others."""
        if not self.read_together:
            for name in names:
                self._known.pop(name, None)

    def read(self, *names: str) -> Setting | None:
        """The first of these settings that the camera has; ``None`` if it has none of them."""
        for name in names:
            if self.read_together and not self._known:
                self.learn(self._timed(self._camera.tree))
            if name not in self._known:
                setting = None if self.read_together else self._timed(lambda name=name: self._camera.read(name))
                self._known[name] = None if setting is None else self.as_in_mode(setting)
            setting = self._known[name]
            if setting is not None:
                return setting
        return None

    def common(self, name: SettingName) -> Setting | None:
        """The camera's setting for a common name, ``None`` if it has none."""
        return self.read(*registry.SETTING_NAMES[name])

    def value(self, name: SettingName) -> str | None:
        """The value of a common setting as the camera writes it."""
        setting = self.common(name)
        return setting.value if setting else None

    def find(self, name: str) -> Setting | None:
        """The setting for a common name, libgphoto2's own name or its path; ``None`` if there is none."""
        common = SettingName.parse(name)
        return self.read(name.strip().rpartition("/")[2]) if common is None else self.common(common)

    def as_in_mode(self, setting: Setting) -> Setting:
        """The setting, made read-only if the exposure mode fixes it and the library does not know that."""
        chosen = registry.CHOSEN_BY_MODE.get(setting.name)
        mode = self.read(chosen.mode) if chosen is not None else None
        if chosen is None or mode is None or mode.value not in chosen.modes[setting.name]:
            return setting
        return replace(setting, choices=(), writable=False)

    def write(self, name: str, value: str | int) -> None:
        """Set a value, unless the cache shows that it is already set."""
        setting = self._known.get(name)
        if setting is not None and setting.value == str(value):
            return
        self._camera.write(name, value)
        # One value may change the choices of others (mode and shutter, ISO range and format).
        self.invalidate()

    def resolve(self, name: str, wanted: str, field: str) -> tuple[str, str]:
        """Find a setting and one of its values.

        Args:
            name: The setting, as ``find`` accepts it.
            wanted: The value as a person writes it.
            field: The name of the setting in the caller's request, for the error.

        Returns:
            libgphoto2's name of the setting, and the value as ``write`` accepts it.

        Raises:
            BadInput: There is no such setting or value, or it cannot be set now; with the camera's choices.
        """
        common = SettingName.parse(name)
        what = common.plain_name if common is not None else name
        setting = self.find(name)
        if setting is None:
            close = () if common is not None else self._alike(name)
            hint = f"; nearest: {', '.join(close)}" if close else ""
            raise BadInput(f"{field}: this camera has no setting for {what}{hint}", field=field, choices=close)
        if setting.name in registry.RESERVED:
            raise BadInput(f"{field} cannot be set here: {registry.RESERVED[setting.name]}", field=field)
        value = written(setting, common, wanted, what=what, field=field)
        if not setting.writable and value != setting.value:
            refuse_read_only(setting, common, what=what, field=field)
        return setting.name, value

    def _timed(self, read: Callable[[], T]) -> T:
        began = self._clock()
        answer = read()
        # A value that the library had cached says nothing about the camera, hence the maximum.
        self.read_seconds = max(self._clock() - began, self.read_seconds * _DECAY)
        return answer

    def _alike(self, name: str) -> tuple[str, ...]:
        """Settings of this camera with a similar name; common names before the library's own."""
        own = set(self._camera.names())
        common = [one.value for one in SettingName if own.intersection(registry.SETTING_NAMES[one])]
        wanted = name.strip().casefold().rpartition("/")[2]
        return tuple(difflib.get_close_matches(wanted, dict.fromkeys((*common, *sorted(own))), n=3))
