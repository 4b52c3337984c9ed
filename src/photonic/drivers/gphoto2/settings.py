"""Everything that can be set on one camera: listed, changed all or none, watched for changes by the photographer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import SettingKind
from photonic.drivers.gphoto2.configuration import NAMES, RESERVED
from photonic.errors import BadInput, CameraError
from photonic.model.setting_name import SettingName
from photonic.worker.link.setting_messages import SettingEntry, SettingsChanged, SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.pace import Pace
    from photonic.drivers.gphoto2.profile import HeldProfiles
    from photonic.worker.roles import ParentLink

ACTIONS = frozenset(
    {"autofocusdrive", "cancelautofocus", "manualfocusdrive", "eoszoom", "eoszoomposition", "changeafarea"}
)
"""Entries that make the camera do something: they hold no value, and cannot be taken back."""

LOOK_EVERY_SECONDS = 1.0
READS_A_SLICE = 2
"""Between two frames: a Nikon takes some milliseconds for each."""

CONFIRM_SECONDS = 0.5
CONFIRM_PAUSE_SECONDS = 0.05
"""A body shows a new value only after it has told of it, which may take a moment."""

SLOW_SECONDS = 0.25
"""For one setting: a body with eighty of them is past ``TREE_SECONDS`` then, and is asked for one after the other."""

ANSWER_SECONDS = 1.0
"""How long an answer may ask a slow body before it tells what is known by then: live view waits meanwhile."""


class Settings:
    """The settings of one camera. ``clock`` and ``pause`` are seconds, monotonic."""

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        profiles: HeldProfiles,
        outbox: ParentLink,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
        pace: Pace,
    ) -> None:
        self._camera = camera
        self._pace = pace
        self._configuration = configuration
        self._profiles = profiles
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._unread: list[SettingName] = []
        self._seen_doubts: int | None = None
        self._look_at = clock()
        self._told: dict[str, str] | None = None
        self._seen: dict[SettingName, Setting | None] = {}
        self._pieces: dict[str, Setting] = {}
        self._names: list[str] | None = None

    def listed(self) -> SettingsRead:
        """Everything, common settings first; of a slow camera what is known by now. Raises ``CameraError``."""
        if not self._slow():
            self._configuration.doubt()
            by_name = {setting.name: self._configuration.as_in_mode(setting) for setting in self._camera.tree()}
            return SettingsRead(settings=self._entries(by_name))
        if self._names is None:
            self._names = list(self._camera.names())
        until = self._clock() + ANSWER_SECONDS
        while self._names and self._clock() < until:
            self._read_piece()
        complete = not self._names
        if complete:
            self._names = None
        return SettingsRead(settings=self._entries(self._pieces), complete=complete)

    def _slow(self) -> bool:
        """Whether this camera is asked for its settings one by one; before the first time, one tells."""
        if self._configuration.together:
            return False
        self._configuration.common(SettingName.ISO)
        return self._configuration.read_seconds >= SLOW_SECONDS

    def _read_piece(self) -> None:
        """One more of a slow camera's settings; those that a mode hides are left out, as in the library's tree."""
        if not self._names:
            return
        setting = self._configuration.read(self._names.pop(0))
        if setting is not None:
            self._pieces[setting.name] = setting

    def _entries(self, by_name: Mapping[str, Setting]) -> tuple[SettingEntry, ...]:
        common = {
            setting.name: name
            for name in SettingName
            if (setting := next((by_name[own] for own in NAMES[name] if own in by_name), None)) is not None
        }
        entries = [_entry(setting, common.get(setting.name)) for setting in by_name.values()]
        order = [name.value for name in SettingName]
        return tuple(sorted(entries, key=lambda entry: order.index(entry.name) if entry.name in order else len(order)))

    def change(self, values: Mapping[str, str]) -> None:
        """Set all of these, or none. Other values may depend on the exposure mode, so it comes first.

        Raises ``BadInput`` with the name as ``field`` and the camera's choices, also where the camera offers a value
        and then does not take it; ``CameraError`` where the connection broke.
        """
        undo: dict[str, str] = {}
        changed: dict[str, str] = {}
        try:
            for name in sorted(values, key=lambda name: SettingName.meant(name) is not SettingName.EXPOSURE_MODE):
                own, value = self._resolved(name, values[name], changed)
                self._put(name, own, value, undo)
                changed[own] = value
        except BadInput as error:
            raise BadInput(error.reason + self._taken_back(undo), field=error.field, choices=error.choices) from error
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            raise BadInput(f"the camera did not take the settings: {error.reason}{self._taken_back(undo)}") from error
        self._profiles.overrule(changed)

    def look(self) -> None:
        """A slice of looking whether common settings have changed since they were told; tells, when one has.

        Raises ``CameraError`` where the connection broke.
        """
        try:
            self._look()
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            # Busy with something else: looked for anew, from the first one.
            self._seen_doubts = None
            self._unread.clear()

    def _look(self) -> None:
        now = self._clock()
        if self._names:
            # Somebody has asked for all of them.
            self._read_piece()
            return
        if not self._unread:
            if self._seen_doubts == self._configuration.doubts or now < self._look_at:
                return
            self._look_at = now + LOOK_EVERY_SECONDS
            self._seen_doubts = self._configuration.doubts
            self._unread = list(SettingName)
        for name in self._unread[:READS_A_SLICE]:
            self._seen[name] = self._configuration.common(name)
            del self._unread[0]
            if self._pace.spent:
                break
        if self._unread:
            return
        # A slow body is never read between two changes: what was read is told, and read anew.
        if self._seen_doubts != self._configuration.doubts and self._configuration.read_seconds < SLOW_SECONDS:
            return
        values = {name.value: setting.value for name, setting in self._seen.items() if setting is not None}
        if values != self._told:
            self._told = values
            self._outbox.send(SettingsChanged(values=values))

    def _resolved(self, name: str, wanted: str, changed: Container[str]) -> tuple[str, str]:
        setting = self._configuration.find(name)
        if setting is not None and setting.name in changed:
            raise BadInput(f"{name}: this setting is named twice", field=name)
        return self._configuration.resolve(name, wanted, name)

    def _put(self, name: str, own: str, value: str, undo: dict[str, str]) -> None:
        if own in ACTIONS:
            self._camera.write(own, value)
            return
        before = self._configuration.read(own)
        if before is not None and before.value == value:
            return
        if before is not None:
            undo[own] = before.value
        self._configuration.write(own, value)
        if before is None or before.kind in (SettingKind.TOGGLE, SettingKind.DATE):
            # A toggle may stand for something that is done, and a clock goes on.
            return
        if not self._confirmed(own, value):
            offers = "offers" if before.choices else "was given"
            raise BadInput(
                f"{name}: the camera {offers} {value!r} and does not take it", field=name, choices=before.choices
            )

    def _confirmed(self, own: str, value: str) -> bool:
        until = self._clock() + CONFIRM_SECONDS
        while True:
            after = self._configuration.read(own)
            if after is None or after.value == value:
                return True
            if self._clock() >= until:
                return False
            self._pause(CONFIRM_PAUSE_SECONDS)
            self._configuration.doubt()

    def _taken_back(self, undo: dict[str, str]) -> str:
        """Set back what was set; in words what could not be."""
        stuck: list[str] = []
        for own, value in reversed(undo.items()):
            try:
                self._configuration.write(own, value)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                stuck.append(own)
        return f"; could not be set back: {', '.join(stuck)}" if stuck else "; nothing was changed"


def _entry(setting: Setting, name: SettingName | None) -> SettingEntry:
    reason = RESERVED.get(setting.name)
    if reason is None and not setting.writable:
        reason = "the camera does not let it be set, or not in this mode"
    return SettingEntry(
        # One that was asked for by itself has no path.
        name=(setting.path or setting.name) if name is None else name.value,
        path=setting.path,
        label=setting.label or setting.name,
        kind=setting.kind.value,
        value=_value(setting),
        choices=setting.choices,
        limits=setting.limits,
        writable=reason is None,
        reason=reason,
    )


def _value(setting: Setting) -> str | float | bool | None:
    match setting.kind:
        case SettingKind.TOGGLE:
            return {"0": False, "1": True}.get(setting.value)
        case SettingKind.RANGE | SettingKind.DATE:
            return float(setting.value)
        case SettingKind.CHOICE | SettingKind.TEXT:
            return setting.value
