"""Reads and changes the settings of a camera. Used as ``CameraClient.settings``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from photonic.errors import BadInput
from photonic.model.api import FocusRequest
from photonic.model.focus import FocusAction
from photonic.model.profile import ProfileList
from photonic.model.setting import SettingChanges, SettingList
from photonic.model.view_options import ViewOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.client.ask import Ask
    from photonic.model.setting import Setting, SettingValue


class SettingsClient:
    """The settings of one camera; ``ask`` sends a request to a route of the camera."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def read(self) -> tuple[Setting, ...]:
        """All settings, common ones first. Raises ``ServiceError``."""
        return _parsed(await self._ask("GET", "/settings"))

    async def change(self, values: Mapping[str, SettingValue] = {}, **common: SettingValue) -> tuple[Setting, ...]:
        """Change settings, all or none of them, and return all settings with their new values.

        Common settings are keywords, as in ``change(iso=400, aperture="f/5.6")``; the others go into ``values``, by
        path. Raises ``BadInput`` without any setting, or for a value of the wrong type; ``ServiceError`` if the camera
        does not accept a value, with its choices in the reason.
        """
        try:
            changes = SettingChanges({**values, **common})
        except ValidationError as error:
            raise BadInput("settings: name at least one; each value must be text, a number, true or false") from error
        return _parsed(await self._ask("PATCH", "/settings", body=changes.model_dump()))

    async def focus(self, action: FocusAction | str, *, size: int = 1, steps: int = 1) -> None:
        """Focus, or drive the lens.

        Args:
            action: ``auto``: focus; ``cancel``: stop focusing; ``near``, ``far``: drive the lens.
            size: The size of a step for near and far, 1 (small) to 3 (large).
            steps: The number of steps for near and far, 1 to 50.

        Raises ``BadInput`` for any other value; ``ServiceError``, with the kind AUTOFOCUS_FAILED if the camera could
        not focus.
        """
        try:
            request = FocusRequest(action=FocusAction(action), size=size, steps=steps)
        except ValueError as error:
            raise BadInput("focus: auto, cancel, near or far; size 1 to 3, steps 1 to 50") from error
        await self._ask("POST", "/focus", body=request.model_dump())

    async def look(
        self,
        *,
        magnification: int | str | None = None,
        position: tuple[int, int] | None = None,
        focus_point: tuple[int, int] | None = None,
        depth_of_field: bool | None = None,
    ) -> None:
        """Change how live view shows the scene; the arguments are those of ``ViewOptions``, ``None``: unchanged.

        Raises ``BadInput`` without any argument, or for an invalid value; ``ServiceError``, with the kind NOT_SUPPORTED
        if the camera cannot do it.
        """
        try:
            wanted = ViewOptions(
                magnification=None if magnification is None else str(magnification),
                position=position,
                focus_point=focus_point,
                depth_of_field=depth_of_field,
            )
        except ValidationError as error:
            first = error.errors()[0]
            named = str(first["loc"][0]) if first["loc"] else "look"
            raise BadInput(f"{named}: {first['msg'].removeprefix('Value error, ')}", field=named) from error
        await self._ask("POST", "/liveview/look", body=wanted.model_dump(exclude_none=True, mode="json"))

    async def profiles(self) -> ProfileList:
        """The named profiles, and which one is active. Raises ``ServiceError``."""
        return ProfileList.model_validate_json(await self._ask("GET", "/profiles"))

    async def choose(self, profile: str | None) -> ProfileList:
        """Activate a profile; ``None``: use no profile. Raises ``ServiceError``; the camera is then unchanged."""
        return ProfileList.model_validate_json(await self._ask("PUT", "/profile", body={"name": profile}))


def _parsed(body: bytes) -> tuple[Setting, ...]:
    return SettingList.model_validate_json(body).settings
