"""``python -m soak.image_format PORT FORMAT``: another program sets what a shot leaves behind, through the library."""

from __future__ import annotations

import sys

import gphoto2

RAW_AND_JPEG = "RAW + L"
JPEG = "L"
ANY_USB_PORT = "usb:"


def set_image_format(port: str, wanted: str) -> None:
    """Set it on the camera at ``port`` (as the library writes it), which no other program may hold.

    ``ANY_USB_PORT``: the only camera on USB.
    """
    context = gphoto2.Context()
    camera = gphoto2.Camera()
    if port != ANY_USB_PORT:
        ports, abilities = gphoto2.PortInfoList(), gphoto2.CameraAbilitiesList()
        ports.load()
        abilities.load()
        camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
        camera.set_port_info(ports[ports.lookup_path(port)])
    camera.init(context)
    try:
        setting = camera.get_single_config("imageformat", context)
        assert setting is not None
        setting.set_value(wanted)
        camera.set_single_config("imageformat", setting, context)
    finally:
        camera.exit(context)


if __name__ == "__main__":
    set_image_format(sys.argv[1], sys.argv[2])
