"""The camera's settings as the service knows them: read when they may have changed, and changed on request."""

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
        self._kept: SettingList | None = None
        self._doubts = 0
        self._rev = 0
        self._values: dict[str, str] = {}

    @property
    def status(self) -> SettingsStatus | None:
        """The common settings as the camera last told them; ``None`` before it has, and while it is not open."""
        return SettingsStatus(rev=self._rev, values=self._values) if self._values and self._camera.up else None

    @property
    def held(self) -> Mapping[str, str]:
        """What captures are taken with, whatever the camera stands at, by common name; the rest is as it stands."""
        return self._camera.profiles.capture

    async def read(self) -> SettingList:
        """Everything that can be set. Asks the camera only when something may have changed since it was last asked.

        Waits for a capture that is being taken. Raises ``CameraError``.
        """
        if self._kept is not None and self._camera.up:
            return self._kept
        return await self._answered(self._camera.read_settings())

    async def change(self, values: Mapping[str, str]) -> SettingList:
        """Set these, all or none: names and values as people write them. Everything as it is then.

        Waits for a capture that is being taken. Raises ``BadInput`` with field and choices, ``CameraError``.
        """
        self.forget()
        answered = await self._answered(self._camera.change_settings(values))
        log.info("settings changed", camera=self._camera.camera_id, settings=dict(values))
        return answered

    # What the camera process says.

    def on_changed(self, told: SettingsChanged) -> None:
        """Common settings have changed."""
        self.forget()
        self._rev += 1
        self._values = dict(told.values)
        self._on_change()

    def forget(self) -> None:
        """What was read does not hold any more: the camera was closed, or a setting has changed."""
        self._kept = None
        self._doubts += 1

    async def _answered(self, asked: Awaitable[SettingsRead]) -> SettingList:
        """The camera's answer, of the revision at which it was asked: a change told meanwhile may not be in it."""
        rev, doubts = self._rev, self._doubts
        read = await asked
        answer = SettingList(rev=rev, settings=self._understood(read), complete=read.complete)
        if read.complete and self._doubts == doubts:
            self._kept = answer
        return answer

    def _understood(self, read: SettingsRead) -> tuple[Setting, ...]:
        """One that cannot be understood is left out, and the others are shown."""
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
