"""The adapter for libgphoto2: announces each call with its time limit, and turns each failure into a ``CameraError``.

Importing this module imports gphoto2, which reads ``VCAMERADIR`` at that moment: see ``driver.connect``.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import gphoto2

from photonic.drivers.gphoto2 import faults, native
from photonic.drivers.gphoto2.camera import (
    CONFIG_SECONDS,
    TREE_SECONDS,
    BodyIdentity,
    CameraEvent,
    Details,
    ObjectAdded,
    OtherEvent,
    Quiet,
    ShotDone,
    Storage,
)
from photonic.drivers.gphoto2.claim import with_holder
from photonic.drivers.gphoto2.context import Reasons
from photonic.drivers.gphoto2.entries import leaves, set_value, setting_of
from photonic.drivers.gphoto2.identification import NETWORK_MODEL, identify, resolve
from photonic.drivers.gphoto2.port import Port, PortKind, ptpip_path
from photonic.drivers.gphoto2.preparation import Preparation
from photonic.drivers.gphoto2.trigger import Trigger
from photonic.drivers.gphoto2.usb_opening import UsbOpening
from photonic.drivers.gphoto2.usb_search import NONE_ON_USB, detected_cameras, shares_serial, sure_path
from photonic.errors import CameraError, FailureKind
from photonic.model.foreign_text import encoded, name_of, shown
from photonic.worker.link.messages import Note
from photonic.worker.supervision import usb

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.drivers.gphoto2.camera import Setting
    from photonic.drivers.gphoto2.usb_search import DetectedCamera
    from photonic.worker.roles import ParentLink

LARGEST_BYTES = 2**63 - 1
"""Upper bound for the size of a file; a larger value is wrong and treated as unknown."""

OPEN_SECONDS = 15.0
LIST_SECONDS = 60.0
"""A full card holds thousands of photos in one folder, and an old body takes milliseconds for each."""

EVENT_MARGIN_SECONDS = 3.0
CLOSE_SECONDS = 5.0


class LibraryCamera:
    """Implements ``GphotoCamera`` with libgphoto2; a single thread uses it, from ``open`` to ``close``."""

    def __init__(self, outbox: ParentLink, port: Port) -> None:
        self._outbox = outbox
        self._port = port
        self._reasons = Reasons()
        self._context = self._reasons.context
        self._camera = gphoto2.Camera()
        self._connected = False
        self._preparation = Preparation(self.read, self.write)
        self._trigger = Trigger(self._call, native.capture, self._preparation.refused)
        self._detected: tuple[DetectedCamera, ...] = ()
        self._opened: DetectedCamera | None = None
        self._opening: UsbOpening | None = None

    @property
    def connected(self) -> bool:
        return self._connected

    def open(self) -> None:
        """Find the camera and open it.

        Raises ``CameraError``: CAMERA_ABSENT when none is found, BLOCKED when another program holds it.
        """
        with self._call("detect", OPEN_SECONDS):
            ports = gphoto2.PortInfoList()
            ports.load()
            abilities = gphoto2.CameraAbilitiesList()
            abilities.load(self._context)
        if self._port.kind is PortKind.PTPIP:
            path = ptpip_path(resolve(self._outbox, self._port, OPEN_SECONDS), self._port.number or 0)
            try:
                self._init(ports, abilities, NETWORK_MODEL, path)
            except CameraError as error:
                raise faults.absent(error, str(self._port)) from error
            return
        known = usb.cameras()
        own = sure_path(known, self._port.place)
        # For each port in which it looks for a camera, the library initialises USB again.
        with self._call("detect", OPEN_SECONDS):
            listed = native.pairs(abilities.detect(native.only(ports, own) if own else ports, self._context))
        if self._port.kind is PortKind.VUSB:
            if not listed:
                raise CameraError(NONE_ON_USB, kind=FailureKind.CAMERA_ABSENT)
            self._init(ports, abilities, *listed[0])
            return
        self._detected = detected_cameras(listed, known)
        self._opening = UsbOpening(
            self._outbox,
            lambda camera: self._init(ports, abilities, camera.model, camera.path),
            lambda: self._identity().serial,
            self._close,
        )
        self._opened = self._opening.open(self._detected, self._port.place)

    def identity(self) -> BodyIdentity:
        identity, camera = self._identity(), self._opened
        if camera is None or camera.port is None:
            return identity
        if shares_serial(camera, self._detected):
            text = f"several cameras on USB have the serial number {camera.serial}: this one is known by its port"
            self._outbox.send(Note(level="warning", text=f"{text}, usb:{camera.port}"))
            identity = replace(identity, serial=f"usb:{camera.port}")
        return replace(identity, usb_port=camera.port)

    def _identity(self) -> BodyIdentity:
        abilities = self._camera.get_abilities()
        has_preview = bool(abilities.operations & gphoto2.GP_OPERATION_CAPTURE_PREVIEW)
        return identify(self.read, self.tree, shown(abilities.model), self._port, has_preview=has_preview)

    def preview(self, limit_seconds: float) -> bytes:
        return self._preparation.around(lambda: self._preview(limit_seconds))

    def trigger(self, limit_seconds: float) -> None:
        self._trigger.pull(self._camera, self._context, limit_seconds)

    def prepare(self) -> bool:
        return self._preparation.repeat()

    def next_event(self, wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        if (returned := self._trigger.returned()) is not None:
            return returned
        kind, data = self._preparation.around(lambda: self._wait_for_event(wait_seconds, transfer_seconds))
        if kind == gphoto2.GP_EVENT_TIMEOUT:
            self._preparation.quiet()
            return Quiet()
        if kind == gphoto2.GP_EVENT_CAPTURE_COMPLETE:
            return ShotDone()
        if isinstance(data, tuple):
            added = ObjectAdded(*data)
            if kind == gphoto2.GP_EVENT_FILE_ADDED and not self._trigger.knows(added):
                return added
            return OtherEvent(f"{added.folder}/{added.name}")
        return OtherEvent(data or "")

    def read(self, name: str, limit_seconds: float = CONFIG_SECONDS) -> Setting | None:
        try:
            with self._call(f"get_config {name}", limit_seconds):
                widget = self._camera.get_single_config(name, self._context)
                # Success without a widget also means that there is no such entry.
                return None if widget is None else setting_of(widget, name)
        except CameraError as error:
            # -2 is the library's "no such entry"; entries that a mode hides return -1 or -6.
            if error.code in (faults.BAD_PARAMETERS, faults.NOT_SUPPORTED, faults.GENERIC):
                return None
            raise

    def write(self, name: str, value: str | int, limit_seconds: float = CONFIG_SECONDS) -> None:
        with self._call(f"set_config {name}", limit_seconds):
            widget = self._camera.get_single_config(name, self._context)
            if widget is None:
                raise CameraError(f"this camera has no setting {name}", code=faults.NOT_SUPPORTED)
            set_value(widget, value)
            self._camera.set_single_config(name, widget, self._context)

    def tree(self) -> tuple[Setting, ...]:
        with self._call("get_config", TREE_SECONDS):
            root = self._camera.get_config(self._context)
            return tuple(setting_of(widget, native.widget_name(widget), path) for path, widget in leaves(root))

    def names(self) -> tuple[str, ...]:
        with self._call("list_config", CONFIG_SECONDS):
            return tuple(name for name, _value in native.pairs(self._camera.list_config(self._context)))

    def has_storage(self) -> bool:
        return bool(self.storages())

    def storages(self) -> tuple[Storage, ...]:
        try:
            with self._call("get_storageinfo", CONFIG_SECONDS):
                found = self._camera.get_storageinfo(self._context)
                return tuple(
                    Storage(name_of(encoded(one.basedir)), shown(one.label.strip()), one.capacitykbytes, one.freekbytes)
                    for one in found
                    if one.capacitykbytes
                )
        except CameraError as error:
            # The camera does not support this request.
            if error.code == faults.NOT_SUPPORTED:
                return ()
            raise

    def folders(self, folder: str) -> tuple[str, ...]:
        with self._call("folder_list_folders", LIST_SECONDS):
            return native.folders(self._camera, folder, self._context)

    def files(self, folder: str) -> tuple[str, ...]:
        with self._call("folder_list_files", LIST_SECONDS):
            return native.files(self._camera, folder, self._context)

    def details(self, folder: str, name: str) -> Details:
        try:
            with self._call("file_get_info", CONFIG_SECONDS):
                # ``file`` points into the memory of ``info``, so it must not outlive it (python-gphoto2 2.6).
                info = native.file_info(self._camera, folder, name, self._context)
                file = info.file
                has_size, has_time = file.fields & gphoto2.GP_FILE_INFO_SIZE, file.fields & gphoto2.GP_FILE_INFO_MTIME
                size = file.size if has_size and file.size <= LARGEST_BYTES else None
                return Details(size, file.mtime if has_time else None)
        except CameraError as error:
            if faults.connection_good(error):
                return Details()
            raise

    def fetch(self, folder: str, name: str, take: Callable[[memoryview], object], limit_seconds: float) -> None:
        with self._call("file_get", limit_seconds):
            native.file_get_blocks(self._camera, folder, name, self._context, take)

    def read_part(self, folder: str, name: str, offset: int, size_bytes: int, limit_seconds: float) -> bytes:
        with self._call("file_read", limit_seconds):
            return native.file_read(self._camera, folder, name, self._context, offset=offset, size_bytes=size_bytes)

    def forget(self, folder: str, name: str) -> None:
        with self._call("file_delete", CONFIG_SECONDS):
            native.file_delete(self._camera, folder, name, self._context)

    def close(self) -> None:
        self._close()
        if self._opening is not None:
            self._opening.release()

    def _close(self) -> None:
        if not self._connected:
            # exit() on a lost PTP/IP connection waits 2.5 s for each read with the GIL held, and does not reach the
            # camera.
            return
        self._connected = False
        try:
            with self._call("exit", CLOSE_SECONDS):
                self._camera.exit(self._context)
        except CameraError as error:
            self._outbox.send(Note(level="warning", text=f"could not close the camera cleanly: {error.reason}"))
        _keep_descriptor_zero()

    def _preview(self, limit_seconds: float) -> bytes:
        with self._call("preview", limit_seconds):
            file = self._camera.capture_preview(None, self._context)
            return bytes(file.get_data_and_size())

    def _wait_for_event(self, wait_seconds: float, transfer_seconds: float) -> tuple[int, tuple[str, str] | str | None]:
        with self._call("wait_for_event", wait_seconds + EVENT_MARGIN_SECONDS + transfer_seconds):
            return native.wait_for_event(self._camera, self._port.wait_milliseconds(wait_seconds), self._context)

    def _init(self, ports: gphoto2.PortInfoList, abilities: gphoto2.CameraAbilitiesList, model: str, path: str) -> None:
        # After exit() or a failed init() a Camera object must not be used again (python-gphoto2).
        self._camera = gphoto2.Camera()
        try:
            with self._call("init", OPEN_SECONDS):
                self._camera.set_abilities(abilities[abilities.lookup_model(model)])
                self._camera.set_port_info(ports[ports.lookup_path(path)])
                self._camera.init(self._context)
        except CameraError as error:
            if error.code == faults.NOT_SUPPORTED:
                raise CameraError(
                    f"{model} cannot be controlled over this connection: it refuses an operation that libgphoto2 "
                    f"needs; try its other connection modes, USB, or newer firmware ({error.reason})",
                    kind=FailureKind.NOT_SUPPORTED,
                    code=error.code,
                ) from error
            raise with_holder(error, path) from error
        self._connected = True

    @contextmanager
    def _call(self, name: str, limit_seconds: float) -> Generator[None]:
        self._reasons.clear()
        with self._outbox.calling(name, limit_seconds):
            try:
                yield
            except gphoto2.GPhoto2Error as error:
                failure = faults.classify(error.code, self._reasons.texts(), name)
                if self._port.networked and not faults.connection_good(failure):
                    # A late answer desynchronises PTP/IP, so every later call would fail at once (2.5.34 ptpip.c).
                    self._connected = False
                raise failure from error


def _keep_descriptor_zero() -> None:
    """Reopen descriptor 0, which PTP/IP's ``exit`` closes (``ptpip.c``): or the next ``exit`` closes another one."""
    try:
        os.fstat(0)
    except OSError:
        os.open(os.devnull, os.O_RDONLY)
