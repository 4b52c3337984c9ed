"""A camera's settings through its service, read and changed; used as ``CameraClient.settings``."""

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
        """Set these, all or none: ``change(iso=400, aperture="f/5.6")``, others by their path in ``values``.

        Everything as it is then. Raises ``BadInput`` where nothing is named, or no value is one; ``ServiceError``, with
        the camera's choices in its reason.
        """
        try:
            changes = SettingChanges({**values, **common})
        except ValidationError as error:
            raise BadInput("settings: name at least one, with text, a number, true or false") from error
        return _parsed(await self._ask("PATCH", "/settings", body=changes.model_dump()))

    async def focus(self, action: FocusAction | str, *, size: int = 1, steps: int = 1) -> None:
        """``auto``: find the focus; ``cancel``: stop finding it; ``near``, ``far``: so many steps of that size.

        Raises ``BadInput`` for what is none of these, ``ServiceError``: kind AUTOFOCUS_FAILED where there was no focus.
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
        """Have live view show that; ``None`` leaves it unchanged. ``magnification`` 1 is the whole picture.

        Raises ``BadInput`` where nothing is named, or no value is one; ``ServiceError``: kind NOT_SUPPORTED for what
        the camera cannot.
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
        """The named profiles, and which one is held. Raises ``ServiceError``."""
        return ProfileList.model_validate_json(await self._ask("GET", "/profiles"))

    async def choose(self, profile: str | None) -> ProfileList:
        """Hold this profile from now on, ``None``: none. Raises ``ServiceError``: the camera goes on as before then."""
        return ProfileList.model_validate_json(await self._ask("PUT", "/profile", body={"name": profile}))


def _parsed(body: bytes) -> tuple[Setting, ...]:
    return SettingList.model_validate_json(body).settings
