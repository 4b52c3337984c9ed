"""Explains why a camera takes no shot: its card is full or missing, or its battery is low."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.battery import LOW_ADVICE, battery_low
from photonic.errors import CameraError, CaptureError, FailureKind

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration

NO_CARD_NOW = "the camera no longer has a card; insert one, or capture to RAM"
NO_PHOTO_IN_TIME = (
    "no photo arrived within the time that this exposure needs, and it is not known whether one was taken; check the "
    "card, the lens and the drive mode"
)


def explain_refusal(
    error: CameraError, camera: GphotoCamera, configuration: Configuration, *, in_ram: bool
) -> CaptureError:
    """The failure of a capture, with the likely reason if the camera gave none.

    Args:
        error: The camera's refusal, over a connection that is still good.
        camera: The open camera, which is queried for its card.
        configuration: Its settings, which show the battery.
        in_ram: Photos go to the camera's RAM, so a missing card does not matter.

    Raises:
        CameraError: The connection broke.
    """
    if error.code == faults.GENERIC and error.kind is FailureKind.CAMERA_FAULT:
        # A body without a card refuses the release with a bare "general error".
        if not in_ram and not camera.has_storage():
            return CaptureError(NO_CARD_NOW, kind=FailureKind.NO_CARD)
        if battery_low(configuration):
            return CaptureError(f"no photo: {LOW_ADVICE}", kind=FailureKind.BATTERY_LOW)
    return CaptureError(error.reason, kind=error.kind)


def refuse_full_card(camera: GphotoCamera, configuration: Configuration) -> None:
    """Raise ``CaptureError`` if the card has no room for a shot, before the camera is asked for one."""
    shots = configuration.read("availableshots")
    if shots is not None and shots.value == "0":
        configuration.invalidate()
        if not camera.has_storage():
            raise CaptureError(NO_CARD_NOW, kind=FailureKind.NO_CARD)
        raise CaptureError(
            "the camera's card is full; change it or delete photos", kind=FailureKind.CAMERA_STORAGE_FULL
        )
