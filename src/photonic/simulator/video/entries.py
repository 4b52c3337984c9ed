"""What sysfs and ``/dev`` show of the simulated webcam; names and contents only, relative to the preload's root."""

from __future__ import annotations

from photonic.simulator.usb.sysfs import CONTROLLER, SysfsEntries

NODE = "video0"
VIDEO_MAJOR = 81
BUS = "usb-photonic-1"
_VENDOR, _PRODUCT = "046d", "0825"
_INTERFACE = "0e"


def video_properties() -> dict[str, str]:
    """What udev reports of the device node."""
    return {"MAJOR": str(VIDEO_MAJOR), "MINOR": "0", "DEVNAME": NODE}


def video_path() -> str:
    """The device's folder below ``/sys``."""
    return f"{CONTROLLER}/usb1/1-1/1-1:1.0/video4linux/{NODE}"


def webcam_entries(serial: str, model: str) -> SysfsEntries:
    """A USB device with an interface of class video, and the device node that its driver has made."""
    folder = f"sys/{video_path()}"
    interface = folder.removesuffix(f"/video4linux/{NODE}")
    device = interface.rpartition("/")[0]
    texts = {
        f"{device}/idVendor": _VENDOR,
        f"{device}/idProduct": _PRODUCT,
        f"{device}/manufacturer": "Photonic",
        f"{device}/product": model,
        f"{device}/serial": serial,
        f"{interface}/bInterfaceClass": _INTERFACE,
        f"{folder}/name": model,
        f"{folder}/index": "0",
        f"{folder}/dev": f"{VIDEO_MAJOR}:0",
        f"{folder}/uevent": "\n".join(f"{name}={value}" for name, value in video_properties().items()),
    }
    up = "../" * (folder.count("/") + 1)
    by_id = f"usb-Photonic_{model.replace(' ', '_')}_{serial}-video-index0"
    links = {
        f"{folder}/device": "../..",
        f"{folder}/subsystem": f"{up}sys/class/video4linux",
        f"sys/dev/char/{VIDEO_MAJOR}:0": f"../../../{folder}",
        f"sys/class/video4linux/{NODE}": f"../../../{folder}",
        f"dev/.node/{NODE}": f"{VIDEO_MAJOR}:0",
        f"dev/v4l/by-id/{by_id}": f"../../{NODE}",
    }
    return SysfsEntries({name: f"{text}\n".encode() for name, text in texts.items()}, links)
