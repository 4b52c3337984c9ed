"""The view options of live view: a magnified part of the picture, a closed aperture, a moved focus point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.makers import registry
from photonic.drivers.gphoto2.preview_stream import NO_LIVE_VIEW
from photonic.errors import BadInput, CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.makers.maker import PointEntry
    from photonic.drivers.gphoto2.preview_stream import PreviewStream
    from photonic.worker.link.setting_messages import LookAt

WHOLE = "1"
"""The magnification that means the whole picture, on every camera."""

NOT_HERE = {
    "magnification": "this camera cannot magnify live view over this connection",
    "position": "this camera cannot move the magnified part over this connection",
    "focus_point": "this camera's focus point cannot be moved over this connection",
    "depth_of_field": "this camera cannot close its aperture for live view over this connection",
}


_Step = tuple[str, str, str, str | None]
"""The entry to write, its value, the request's field, and the value that resets it (``None``: it is not reset)."""


class AppliedViewOptions:
    """The view options in force on one camera, and what resets each of them."""

    def __init__(
        self, camera: GphotoCamera, configuration: Configuration, buttons: Buttons, live: PreviewStream
    ) -> None:
        self._camera = camera
        self._live = live
        self._buttons = buttons
        self._configuration = configuration
        self._resets: dict[str, str] = {}
        self._apertures = {button.name: button for button in registry.CLOSED_APERTURES}

    def apply(self, wanted: LookAt) -> None:
        """Apply options; all entries are looked up before any is changed.

        Raises:
            BadInput: Live view is off, or the camera does not accept a value, at least not now.
            CameraError: This camera has no live view or no such option (NOT_SUPPORTED), or the connection broke.
        """
        if not self._live.available:
            raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED)
        if not self._live.on:
            raise BadInput("live view is off: open it in a viewer first", field="magnification")
        for name, value, field, reset in self._steps(wanted):
            if name in self._apertures and value != reset:
                self._buttons.record_press(self._apertures[name])
            try:
                self._camera.write(name, value)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                raise BadInput(
                    f"the camera does not accept {value} for {field} now: {error.reason}", field=field
                ) from error
            if reset is not None:
                self._resets.pop(name, None)
                if value != reset:
                    self._resets[name] = reset
                else:
                    self._buttons.record_release(name)

    def open_aperture(self) -> None:
        """Open the aperture: some bodies refuse a photo otherwise. Raises ``CameraError`` if the connection broke."""
        for name in self._apertures:
            self._reset(name)

    def reset(self) -> None:
        """Show the whole picture at open aperture. Raises ``CameraError`` if the connection broke."""
        for name in tuple(self._resets):
            self._reset(name)

    def _steps(self, wanted: LookAt) -> list[_Step]:
        steps: list[_Step] = []
        if wanted.position is not None:
            steps.append(self._point("position", registry.MAGNIFIED_POINTS, wanted.position))
        if wanted.magnification is not None:
            name, value, whole = self._magnified(wanted.magnification)
            steps.append((name, value, "magnification", whole))
        if wanted.focus_point is not None:
            steps.append(self._point("focus_point", registry.FOCUS_POINTS, wanted.focus_point))
        if wanted.depth_of_field is not None:
            button = self._apertures[self._name("depth_of_field", *self._apertures)]
            value = button.down if wanted.depth_of_field else button.up
            steps.append((button.name, str(value), "depth_of_field", str(button.up)))
        return steps

    def _reset(self, name: str) -> None:
        value = self._resets.pop(name, None)
        if value is None:
            return
        try:
            self._camera.write(name, value)
        except CameraError as error:
            # Live view is about to end or to restart, which resets the option as well.
            if not faults.connection_good(error):
                raise
        self._buttons.record_release(name)

    def _point(self, field: str, entries: Sequence[PointEntry], point: tuple[int, int]) -> _Step:
        written = {entry.name: entry.written for entry in entries}
        name = self._name(field, *written)
        return name, written[name].format(*point), field, None

    def _magnified(self, wanted: str) -> tuple[str, str, str]:
        """The entry, its value for ``wanted``, and its value for the whole picture."""
        entries = {entry.name: entry for entry in registry.MAGNIFICATIONS}
        name = self._name("magnification", *entries)
        if (whole := entries[name].whole) is not None:
            return name, wanted.removesuffix("%"), whole
        setting = self._configuration.read(name)
        choices = () if setting is None else setting.choices
        if not choices:
            raise CameraError(NOT_HERE["magnification"], kind=FailureKind.NOT_SUPPORTED)
        if wanted == WHOLE:
            return name, choices[0], choices[0]
        if wanted not in choices:
            raise BadInput(
                f"magnification: this camera cannot magnify by {wanted}",
                field="magnification",
                choices=(WHOLE, *choices[1:]),
            )
        return name, wanted, choices[0]

    def _name(self, field: str, *names: str) -> str:
        setting = self._configuration.read(*names)
        if setting is None:
            raise CameraError(NOT_HERE[field], kind=FailureKind.NOT_SUPPORTED)
        return setting.name
