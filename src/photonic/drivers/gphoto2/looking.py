"""What live view shows: a part of the picture magnified, the aperture closed, the focus point moved.

Names and values: libgphoto2 2.5.34 ``config.c``. An EOS takes any number for its magnification and refuses the wrong
ones; a Nikon has a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.buttons import DEPTH_OF_FIELD, Button
from photonic.errors import BadInput, CameraError, FailureKind

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.worker.link.setting_messages import LookAt

ZOOM, ZOOM_RATIO = "eoszoom", "liveviewimagezoomratio"
ZOOM_POSITION = "eoszoomposition"
FOCUS_POINT = "changeafarea"
CLOSED_APERTURE = Button(DEPTH_OF_FIELD, 1, 0)
WHOLE = "1"
NOT_HERE = {
    "magnification": "this camera's live view cannot be magnified from here",
    "position": "this camera does not take the place that is magnified from here",
    "focus_point": "this camera's focus point cannot be moved from here",
    "depth_of_field": "this camera's aperture cannot be closed for its live view from here",
}


class Looking:
    """Live view's look on one camera; ``changed`` while it is not the whole picture at open aperture."""

    def __init__(self, camera: GphotoCamera, configuration: Configuration, buttons: Buttons) -> None:
        self._camera = camera
        self._buttons = buttons
        self._configuration = configuration
        self._back: dict[str, str] = {}

    @property
    def changed(self) -> bool:
        """Whether there is something to give back."""
        return bool(self._back)

    def look(self, wanted: LookAt) -> None:
        """Show that; everything is looked up before anything is changed.

        Raises ``CameraError`` (NOT_SUPPORTED) for what this camera cannot, ``BadInput`` for a value that it does not
        take, or not now; ``CameraError`` where the connection broke.
        """
        steps: list[tuple[str, str, str, str | None]] = []
        if wanted.position is not None:
            steps.append((self._named("position", ZOOM_POSITION), "{},{}".format(*wanted.position), "position", None))
        if wanted.magnification is not None:
            name, value, whole = self._magnified(wanted.magnification)
            steps.append((name, value, "magnification", whole))
        if wanted.focus_point is not None:
            steps.append(
                (self._named("focus_point", FOCUS_POINT), "{}x{}".format(*wanted.focus_point), "focus_point", None)
            )
        if wanted.depth_of_field is not None:
            name = self._named("depth_of_field", DEPTH_OF_FIELD)
            steps.append((name, "1" if wanted.depth_of_field else "0", "depth_of_field", "0"))
        for name, value, field, usual in steps:
            if name == DEPTH_OF_FIELD and value != usual:
                self._buttons.goes_down(CLOSED_APERTURE)
            try:
                self._camera.write(name, value)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                raise BadInput(
                    f"the camera does not take {value} for {field} now: {error.reason}", field=field
                ) from error
            if usual is not None:
                self._back.pop(name, None)
                if value != usual:
                    self._back[name] = usual
                else:
                    self._buttons.is_up(name)

    def open_aperture(self) -> None:
        """Before a photo: some bodies refuse it else. Raises ``CameraError`` where the connection broke."""
        self._give_back(DEPTH_OF_FIELD)

    def give_back(self) -> None:
        """The whole picture at open aperture. Raises ``CameraError`` where the connection broke."""
        for name in tuple(self._back):
            self._give_back(name)

    def _give_back(self, name: str) -> None:
        usual = self._back.pop(name, None)
        if usual is None:
            return
        try:
            self._camera.write(name, usual)
        except CameraError as error:
            # Live view ends or begins anew with this: it has forgotten by then.
            if not faults.connection_good(error):
                raise
        self._buttons.is_up(name)

    def _magnified(self, wanted: str) -> tuple[str, str, str]:
        """The setting, its value for ``wanted``, and the one for the whole picture."""
        name = self._named("magnification", ZOOM, ZOOM_RATIO)
        if name == ZOOM:
            return name, wanted.removesuffix("%"), WHOLE
        setting = self._configuration.read(name)
        choices = () if setting is None else setting.choices
        if not choices:
            raise CameraError(NOT_HERE["magnification"], kind=FailureKind.NOT_SUPPORTED)
        if wanted == WHOLE:
            return name, choices[0], choices[0]
        if wanted not in choices:
            raise BadInput(
                f"magnification: this camera has no {wanted}", field="magnification", choices=(WHOLE, *choices[1:])
            )
        return name, wanted, choices[0]

    def _named(self, field: str, *names: str) -> str:
        setting = self._configuration.read(*names)
        if setting is None:
            raise CameraError(NOT_HERE[field], kind=FailureKind.NOT_SUPPORTED)
        return setting.name
