"""Lists, prints and changes the camera's settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.compat.gphoto2 import configuration
from photonic.compat.gphoto2.configuration import OFF, ON
from photonic.compat.gphoto2.results import ActionFailed, ResultCode
from photonic.errors import FailureKind, ServiceError
from photonic.model.focus import FocusAction
from photonic.model.setting import Choice

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.compat.gphoto2.camera_copy import NewNames
    from photonic.compat.gphoto2.console import Console
    from photonic.model.setting import Setting

SERVICE_SETTINGS = frozenset({"viewfinder", "output", "capture", "eosmoviemode"})
"""What the service does by itself: a change is accepted, and has no effect."""

FOCUS = {"autofocusdrive": FocusAction.AUTO, "autofocus": FocusAction.AUTO, "cancelautofocus": FocusAction.CANCEL}
_LENS_STEP = re.compile(r"(Near|Far) ([123])")


class ConfigActions:
    """The actions on the settings of one camera. Each raises ``ActionFailed`` and ``ServiceError``.

    Args:
        camera: Its client.
        console: Where they are printed.
        names: Are told when the user chooses the card.
    """

    def __init__(self, camera: CameraClient, console: Console, names: NewNames) -> None:
        self._camera = camera
        self._console = console
        self._names = names

    async def list_paths(self) -> None:
        """Print the path of each setting."""
        for setting in configuration.in_tree_order(await self._camera.settings.read()):
            self._console.line(setting.path)

    async def print_all(self) -> None:
        """Print every setting."""
        for setting in configuration.in_tree_order(await self._camera.settings.read()):
            self._print(setting, above=setting.path)

    async def print_one(self, name: str) -> None:
        """Print one setting."""
        self._print(configuration.found(await self._camera.settings.read(), name))

    async def set_value_or_index(self, assignment: str) -> None:
        """Change a setting: to a choice, to the one with that index, or to any other value."""
        name, setting, text = await self._split(assignment)
        if not await self._done_by_service(name, setting, text):
            await self._put(name, setting, configuration.value_of(setting, text), text)

    async def set_value(self, assignment: str) -> None:
        """Change a setting to a value."""
        name, setting, text = await self._split(assignment)
        if not await self._done_by_service(name, setting, text):
            await self._put(name, setting, configuration.value_of(setting, text, by_index=False), text)

    async def set_index(self, assignment: str) -> None:
        """Change a setting to the choice with an index."""
        name, setting, text = await self._split(assignment)
        choice = configuration.value_at(setting, text)
        if not await self._done_by_service(name, setting, choice):
            await self._put(name, setting, choice, text)

    def _print(self, setting: Setting, above: str | None = None) -> None:
        self._console.line("\n".join(([above] if above else []) + configuration.printed(setting)))

    async def _split(self, assignment: str) -> tuple[str, Setting, str]:
        """The name, its setting and the value. Raises ``ActionFailed`` without an equals sign or a setting."""
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ActionFailed(ResultCode.BAD_PARAMETERS)
        return name, configuration.found(await self._camera.settings.read(), name), text

    async def _done_by_service(self, name: str, setting: Setting, text: str) -> bool:
        """Apply a setting that gphoto2 has and the service does not. Returns whether this was one."""
        last = setting.path.rpartition("/")[2]
        if last == "capturetarget" and isinstance(setting, Choice):
            chosen = str(configuration.value_of(setting, text))
            if chosen not in setting.choices:
                raise _not_set(name, text, f"Choice {text} not found within list of choices.")
            # libgphoto2's names: "Internal RAM" or "sdram" for the memory, anything else for a card.
            self._names.lasting = "ram" not in chosen.lower()
            return True
        if last in SERVICE_SETTINGS:
            configuration.value_of(setting, text)
            return True
        if last in FOCUS:
            if text.lower() not in OFF | ON:
                raise ActionFailed(ResultCode.BAD_PARAMETERS, f"The passed value {text} is not a valid toggle value.")
            if text.lower() in ON:
                await self._camera.settings.focus(FOCUS[last])
            return True
        if last == "manualfocusdrive" and (step := _LENS_STEP.fullmatch(str(configuration.value_of(setting, text)))):
            await self._camera.settings.focus(step[1].lower(), size=int(step[2]))
            return True
        return False

    async def _put(self, name: str, setting: Setting, value: str | float | bool, text: str) -> None:
        if not setting.writable:
            why = f"Property {name} is read only."
            raise ActionFailed(ResultCode.UNSPECIFIED, f"{why} {setting.reason}" if setting.reason else why)
        try:
            await self._camera.settings.change({setting.path: value})
        except ServiceError as error:
            if error.kind is FailureKind.BAD_INPUT:
                raise _not_set(name, text, error.reason) from error
            raise


def _not_set(name: str, text: str, why: str) -> ActionFailed:
    failed = f"Failed to set new configuration value {text} for configuration entry {name}."
    return ActionFailed(ResultCode.UNSPECIFIED, f"{failed} {why}")
