"""Reads everything that a camera says of itself, without changing a setting; see ``recording``."""

from __future__ import annotations

import re
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gphoto2

from photonic.drivers.gphoto2.driver import connect
from photonic.drivers.gphoto2.port import PortKind
from photonic.drivers.gphoto2.usb_device_info import read_device_info
from photonic.errors import CameraError
from photonic.worker.supervision import usb

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.port import Port
    from photonic.ptp.datasets import DeviceInfo
    from photonic.worker.link.messages import Event

PREVIEWS = 10
PREVIEW_SECONDS = 15.0
CAPTURE_SECONDS = 30.0

LONGEST_LOG = 400
_OWN_DOMAINS = frozenset({"foreach_func", "unlocked_gp_abilities_list_load_dir", "gp_port_info_list_load"})
_OWN_MACHINE = re.compile(r"'/[^']*'")
_FOLDERS = re.compile(r"(/[\w.-]+){3,}")


class Unattended:
    """A link without a parent: the process that started this one ends it when it takes too long."""

    def send(self, message: Event) -> None:
        """Drop a message."""

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Drop a frame."""

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:  # noqa: ARG002 - the role's signature
        """Announce nothing."""
        yield


class RecordedCamera:
    """One camera; ``facts`` opens, reads and closes it."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._problems: list[str] = []
        self._log: list[str] = []
        self._keep_log = gphoto2.check_result(gphoto2.gp_log_add_func(gphoto2.GP_LOG_DEBUG, self._logged))

    def facts(self, *, capture: bool) -> dict[str, Any]:
        """Open the camera, read everything, close it. Raises ``CameraError`` if it cannot be opened."""
        begun = time.monotonic()
        camera = connect(Unattended(), self._port)
        opened = time.monotonic()
        settings = self._tried("settings", camera.tree) or ()
        read = time.monotonic()
        identity = camera.identity()
        on_usb = self._port.kind in {PortKind.USB, PortKind.AUTO}
        found: dict[str, Any] = {
            "abilities": self._abilities(identity.model),
            "settings": [
                {
                    "path": one.path,
                    "label": one.label,
                    "kind": one.kind.value,
                    "value": one.value,
                    "writable": one.writable,
                    "choices": one.choices,
                    "limits": one.limits,
                }
                for one in settings
            ],
            "storages": self._storages(camera),
            "times": {"open_seconds": opened - begun, "settings_seconds": read - opened, **self._previews(camera)},
            "libgphoto2": gphoto2.gp_library_version(gphoto2.GP_VERSION_SHORT)[0],
            "connection": "usb" if on_usb else self._port.kind.value,
        }
        if capture:
            found["times"]["capture_seconds"] = self._tried("capture", lambda: _captured(camera))
        camera.close()
        device = self._tried("device information", lambda: _device_info(identity.usb_port)) if on_usb else None
        found["device_info"] = None if device is None else _plain(device)
        found["serials"] = [one for one in (identity.serial, device.serial if device else "") if one]
        return {**found, "problems": self._problems, "log": self._log[:LONGEST_LOG]}

    def _tried(self, what: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except CameraError as error:
            self._problems.append(f"{what}: {error.reason}")
            return None

    @staticmethod
    def _abilities(model: str) -> dict[str, Any]:
        known = gphoto2.CameraAbilitiesList()
        known.load()
        names = [known[index].model for index in range(len(known))]
        one = known[names.index(model)] if model in names else known[known.lookup_model("USB PTP Class Camera")]
        return {
            "model": one.model,
            "operations": one.operations,
            "file_operations": one.file_operations,
            "folder_operations": one.folder_operations,
            "usb_vendor": one.usb_vendor,
            "usb_product": one.usb_product,
        }

    def _storages(self, camera: GphotoCamera) -> list[dict[str, Any]]:
        return [
            {
                "folder": one.folder,
                "capacity_kilobytes": one.capacity_kilobytes,
                "free_kilobytes": one.free_kilobytes,
            }
            for one in self._tried("storages", camera.storages) or ()
        ]

    def _previews(self, camera: GphotoCamera) -> dict[str, float | int]:
        seconds: list[float] = []
        size_bytes = 0
        for _ in range(PREVIEWS + 1):
            begun = time.monotonic()
            frame = self._tried("preview", lambda: camera.preview(PREVIEW_SECONDS))
            if frame is None:
                return {}
            seconds.append(time.monotonic() - begun)
            size_bytes = len(frame)
        return {
            "first_preview_seconds": seconds[0],
            "preview_seconds": statistics.median(seconds[1:]),
            "preview_bytes": size_bytes,
        }

    def _logged(self, _level: int, domain: str, text: str) -> None:
        # The folders and drivers of this machine say nothing about the camera.
        if domain in _OWN_DOMAINS:
            return
        self._log.append(f"{domain}: {_FOLDERS.sub('(path)', _OWN_MACHINE.sub('(path)', text))}")


def _device_info(usb_port: str | None) -> DeviceInfo:
    """That of the camera that was open: an address may mean several."""
    for camera in usb.cameras():
        if camera.path == usb_port:
            return read_device_info(camera.node)
    raise CameraError("the kernel does not list the camera")


def _plain(info: DeviceInfo) -> dict[str, Any]:
    lists = {
        "operations": info.operations,
        "events": info.events,
        "properties": info.properties,
        "capture_formats": info.capture_formats,
        "image_formats": info.image_formats,
    }
    return {
        "vendor_extension": info.vendor,
        "manufacturer": info.manufacturer,
        "model": info.model,
        "version": info.version,
        **{name: [f"{code:#06x}" for code in codes] for name, codes in lists.items()},
    }


def _captured(camera: GphotoCamera) -> float:
    begun = time.monotonic()
    camera.trigger(CAPTURE_SECONDS)
    return time.monotonic() - begun
