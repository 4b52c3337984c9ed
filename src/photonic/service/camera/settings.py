"""The camera's settings: cached, read again when they may have changed, and changed on request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from pydantic import TypeAdapter

from photonic.model.setting import Setting, SettingList
from photonic.model.status import SettingsStatus
from photonic.service.base.unexpected import Unexpected, Where

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from photonic.model.setting_name import SettingName
    from photonic.service.camera.connection import CameraConnection
    from photonic.worker.link.setting_messages import SettingEntry, SettingsChanged, SettingsRead

_SETTING: TypeAdapter[Setting] = TypeAdapter(Setting)

log = structlog.stdlib.get_logger(__name__)


class CameraSettings:
    """The settings of one camera. ``on_change`` is called when ``status`` has changed."""

    def __init__(
        self, camera: CameraConnection, *, on_change: Callable[[], object], unexpected: Unexpected | None = None
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._camera = camera
        self._on_change = on_change
        self._cached: SettingList | None = None
        self._invalidations = 0
        self._rev = 0
        self._values: dict[str, str] = {}

    @property
    def status(self) -> SettingsStatus | None:
        """The common settings as last reported; ``None`` before the first report or while the camera is closed."""
        return SettingsStatus(rev=self._rev, values=self._values) if self._values and self._camera.up else None

    @property
    def rev(self) -> int | None:
        """The revision of ``status``; ``None`` as there."""
        return self._rev if self._values and self._camera.up else None

    @property
    def held(self) -> Mapping[str, str]:
        """The settings that are applied for each capture, by common name; all others stay as they are on the camera."""
        return self._camera.profiles.capture

    async def read(self) -> SettingList:
        """All settings. Queries the camera only if something may have changed since the last query.

        Waits for a capture in progress. Raises ``CameraError``.
        """
        if self._cached is not None and self._camera.up:
            return self._cached
        return await self._fetch(self._camera.read_settings())

    async def value(self, name: SettingName) -> str | None:
        """The value of a common setting for the next capture; ``None``: the camera does not have it.

        The camera is queried only if nothing is known of it yet. Raises ``CameraError``.
        """
        if (held := self.held.get(name)) is not None:
            return held
        if self._cached is None and self._values and self._camera.up:
            return self._values.get(name)
        listed = (await self.read()).settings
        return next((str(setting.value) for setting in listed if setting.name == name), None)

    async def change(self, values: Mapping[str, str]) -> SettingList:
        """Change these settings, all or none; returns all settings as they are afterwards.

        Names and values may be written as people write them. Waits for a capture in progress. Raises ``BadInput`` with
        field and choices, ``CameraError``.
        """
        self.forget()
        changed = await self._fetch(self._camera.change_settings(values))
        log.info("settings changed", camera=self._camera.camera_id, settings=dict(values))
        return changed

    # Reports of the camera process.

    def on_changed(self, event: SettingsChanged) -> None:
        """Common settings have changed."""
        self.forget()
        self._rev += 1
        self._values = dict(event.values)
        self._on_change()

    def forget(self) -> None:
        """Discard the cached settings: the camera was closed, or a setting has changed."""
        self._cached = None
        self._invalidations += 1

    async def _fetch(self, query: Awaitable[SettingsRead]) -> SettingList:
        """The camera's answer, with the revision from before the query: it may lack a change reported meanwhile."""
        rev, invalidations = self._rev, self._invalidations
        read = await query
        answer = SettingList(rev=rev, settings=self._parsed(read), complete=read.complete)
        if read.complete and self._invalidations == invalidations:
            self._cached = answer
        return answer

    def _parsed(self, read: SettingsRead) -> tuple[Setting, ...]:
        """The settings that can be parsed; the others are left out."""
        found: list[Setting] = []
        for entry in read.settings:
            with self._unexpected.survived(Where.SETTINGS):
                found.append(_setting(entry))
        return tuple(found)


def _setting(entry: SettingEntry) -> Setting:
    facts = {name: getattr(entry, name) for name in entry.__struct_fields__}
    if entry.limits is not None:
        facts |= zip(("minimum", "maximum", "step"), entry.limits, strict=True)
    if entry.kind == "date":
        facts["value"] = datetime.fromtimestamp(float(entry.value or 0), UTC)
    return _SETTING.validate_python(facts)
