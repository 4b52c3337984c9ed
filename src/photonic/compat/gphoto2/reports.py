"""What is said about cameras: which there are, what one is, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.compat.gphoto2.camera_choice import port_of
from photonic.model.setting import Text
from photonic.model.status import LiveState
from photonic.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.client.camera import CameraClient
    from photonic.compat.gphoto2.console import Console
    from photonic.model.api import CameraSummary

SUMMARY = (("manufacturer", "Manufacturer: "), ("cameramodel", "Model: "), ("deviceversion", "  Version: "))
SERIAL = ("serialnumber", "  Serial Number: ")
COLUMNS = "-" * 58


def _answer(question: str, answer: str) -> str:
    return f"{question:<33s}: {answer}"


class Reports:
    """Prints facts.

    Args:
        cameras: Those of the service.
        console: Where they are printed.
    """

    def __init__(self, cameras: Sequence[CameraSummary], console: Console) -> None:
        self._cameras = cameras
        self._console = console

    def list_cameras(self) -> None:
        """The lines of ``--auto-detect``: models and ports."""
        self._console.line(f"{'Model':<30s} {'Port':<16s}\n{COLUMNS}")
        for camera in self._cameras:
            self._console.line(f"{camera.camera.model or camera.id:<30s} {port_of(camera):<16s}")

    def list_ports(self) -> None:
        """The lines of ``--list-ports``."""
        self._console.line(f"Devices found: {len(self._cameras)}")
        self._console.line(f"Path                             Description\n{'-' * 62}")
        for camera in self._cameras:
            self._console.line(f"{port_of(camera):<32s} {camera.camera.model or camera.id}")

    async def summary(self, client: CameraClient) -> None:
        """The begin of ``--summary``: what the camera is. Raises ``ServiceError``."""
        settings = {one.path.rpartition("/")[2]: one for one in await client.settings.read()}
        self._console.line("Camera summary:")
        for name, title in (*SUMMARY, SERIAL):
            setting = settings.get(name)
            if isinstance(setting, Text):
                self._console.line(f"{title}{setting.value}")
        self._console.line("")

    def abilities(self, camera: CameraSummary) -> None:
        """The lines of ``--abilities``: what the service can do with a camera."""
        previews = camera.live.state is not LiveState.UNSUPPORTED
        choices = ["Image", *(["Preview"] if previews else []), "Trigger Capture"]
        first, *others = (_answer("", choice) for choice in choices)
        lines = [
            _answer("Abilities for camera", camera.camera.model or camera.id),
            _answer("Serial port support", "no"),
            _answer("USB support", "yes" if port_of(camera).startswith("usb:") else "no"),
            f"{'Capture choices':<33s}:",
            first,
            *others,
            _answer("Configuration support", "yes"),
            _answer("Delete selected files on camera", "yes"),
            _answer("Delete all files on camera", "no"),
            _answer("File preview (thumbnail) support", "yes"),
            _answer("File upload support", "no"),
        ]
        self._console.line("\n".join(lines))

    def about(self) -> None:
        """The lines of ``--about``."""
        self._console.line(f"About the camera driver:\nphotonic {__version__}: the camera is used by its service.\n")
