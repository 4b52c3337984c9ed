"""Everything that can be set on one camera: listed, changed all or none, and polled for changes made on the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import SettingKind
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import BadInput, CameraError
from photonic.model.setting_name import SettingName
from photonic.worker.link.setting_messages import SettingEntry, SettingsChanged, SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from photonic.drivers.gphoto2.camera import GphotoCamera, Setting
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.housekeeping import HousekeepingBudget
    from photonic.drivers.gphoto2.profile import HeldProfiles
    from photonic.worker.roles import ParentLink

POLL_EVERY_SECONDS = 1.0
READS_A_SLICE = 2
"""Between two frames; some bodies take milliseconds for each read."""

CONFIRM_SECONDS = 0.5
CONFIRM_PAUSE_SECONDS = 0.05
"""A body returns a new value only after it has reported the change, which may take a moment."""

SLOW_SECONDS = 0.25
"""For one setting. Reading all eighty of such a body would exceed ``TREE_SECONDS``, so each is read separately."""

ANSWER_SECONDS = 1.0
"""How long a slow body is read before the response lists the settings known so far: live view waits meanwhile."""


class GphotoSettings:
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
        budget: HousekeepingBudget,
    ) -> None:
        self._camera = camera
        self._budget = budget
        self._configuration = configuration
        self._profiles = profiles
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._unread: list[SettingName] = []
        self._seen_generation: int | None = None
        self._poll_at = clock()
        self._sent: dict[str, str] | None = None
        self._seen: dict[SettingName, Setting | None] = {}
        self._read_so_far: dict[str, Setting] = {}
        self._unlisted: list[str] | None = None

    def listed(self) -> SettingsRead:
        """All settings, common ones first; of a slow camera those known so far. Raises ``CameraError``."""
        if not self._slow():
            self._configuration.invalidate()
            by_name = {setting.name: self._configuration.as_in_mode(setting) for setting in self._camera.tree()}
            return SettingsRead(settings=self._entries(by_name))
        if self._unlisted is None:
            self._unlisted = list(self._camera.names())
        until = self._clock() + ANSWER_SECONDS
        while self._unlisted and self._clock() < until:
            self._read_next()
        complete = not self._unlisted
        if complete:
            self._unlisted = None
        return SettingsRead(settings=self._entries(self._read_so_far), complete=complete)

    def change(self, values: Mapping[str, str]) -> None:
        """Set all of these, or none. The exposure mode comes first, because others may depend on it.

        Raises:
            BadInput: The camera does not offer a value, or offers but does not accept it; ``field`` is the setting's
                name, and ``choices`` are the camera's.
            CameraError: The connection broke.
        """
        undo: dict[str, str] = {}
        changed: dict[str, str] = {}
        try:
            for name in sorted(values, key=lambda name: SettingName.parse(name) is not SettingName.EXPOSURE_MODE):
                own, value = self._resolved(name, values[name], changed)
                self._put(name, own, value, undo)
                changed[own] = value
        except BadInput as error:
            raise BadInput(error.reason + self._set_back(undo), field=error.field, choices=error.choices) from error
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            raise BadInput(f"the camera did not accept the settings: {error.reason}{self._set_back(undo)}") from error
        self._profiles.hold_changed(changed)

    def poll(self) -> None:
        """Read some of the common settings, and send them when any has changed since they were last sent.

        Raises ``CameraError`` if the connection broke.
        """
        try:
            self._poll()
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            # The camera is busy: start over with the first setting.
            self._seen_generation = None
            self._unread.clear()

    def _slow(self) -> bool:
        """Whether this camera's settings are read one by one; the first call reads one to find out."""
        if self._configuration.read_together:
            return False
        self._configuration.common(SettingName.ISO)
        return self._configuration.read_seconds >= SLOW_SECONDS

    def _read_next(self) -> None:
        """Read one more of a slow camera's settings; one that the mode hides is left out, as in the library's tree."""
        if not self._unlisted:
            return
        setting = self._configuration.read(self._unlisted.pop(0))
        if setting is not None:
            self._read_so_far[setting.name] = setting

    def _entries(self, by_name: Mapping[str, Setting]) -> tuple[SettingEntry, ...]:
        common = {
            setting.name: name
            for name, names in registry.SETTING_NAMES.items()
            if (setting := next((by_name[own] for own in names if own in by_name), None)) is not None
        }
        entries = [_entry(setting, common.get(setting.name)) for setting in by_name.values()]
        order = [name.value for name in SettingName]
        return tuple(sorted(entries, key=lambda entry: order.index(entry.name) if entry.name in order else len(order)))

    def _poll(self) -> None:
        now = self._clock()
        if self._unlisted:
            # A client has asked for all settings.
            self._read_next()
            return
        if not self._unread:
            if self._seen_generation == self._configuration.generation or now < self._poll_at:
                return
            self._poll_at = now + POLL_EVERY_SECONDS
            self._seen_generation = self._configuration.generation
            self._unread = list(SettingName)
        for name in self._unread[:READS_A_SLICE]:
            self._seen[name] = self._configuration.common(name)
            del self._unread[0]
            if self._budget.exhausted:
                break
        if self._unread:
            return
        # A slow body changes during every pass: its values are sent nevertheless, and read again.
        if self._seen_generation != self._configuration.generation and self._configuration.read_seconds < SLOW_SECONDS:
            return
        values = {name.value: setting.value for name, setting in self._seen.items() if setting is not None}
        if values != self._sent:
            self._sent = values
            self._outbox.send(SettingsChanged(values=values))

    def _resolved(self, name: str, wanted: str, changed: Container[str]) -> tuple[str, str]:
        setting = self._configuration.find(name)
        if setting is not None and setting.name in changed:
            raise BadInput(f"{name}: this setting is given twice", field=name)
        return self._configuration.resolve(name, wanted, name)

    def _put(self, name: str, own: str, value: str, undo: dict[str, str]) -> None:
        if own in registry.ACTIONS:
            self._camera.write(own, value)
            return
        before = self._configuration.read(own)
        if before is not None and before.value == value:
            return
        if before is not None:
            undo[own] = before.value
        self._configuration.write(own, value)
        if before is None or before.kind in (SettingKind.TOGGLE, SettingKind.DATE):
            # A toggle may trigger an action, and a clock keeps running.
            return
        if not self._confirmed(own, value):
            offers = "offers" if before.choices else "was given"
            raise BadInput(
                f"{name}: the camera {offers} {value!r} but does not accept it", field=name, choices=before.choices
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
            self._configuration.invalidate()

    def _set_back(self, undo: dict[str, str]) -> str:
        """Restore earlier values; return the end of the error message, which names those that could not be restored."""
        stuck: list[str] = []
        for own, value in reversed(undo.items()):
            try:
                self._configuration.write(own, value)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                stuck.append(own)
        return f"; could not be restored: {', '.join(stuck)}" if stuck else "; nothing was changed"


def _entry(setting: Setting, name: SettingName | None) -> SettingEntry:
    reason = registry.RESERVED.get(setting.name)
    if reason is None and not setting.writable:
        reason = "the camera does not allow changing it, at least not in this mode"
    return SettingEntry(
        # A setting that was read separately has no path.
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
