"""The floor: a loop over python-gphoto2 with nothing around it, in a process of its own.

``python -m bench.camera.raw rate ADDRESS SECONDS``, ``... resume ADDRESS COUNT FOLDER`` and ``... first ADDRESS
COUNT`` print one JSON value. ADDRESS is a port of libgphoto2: ``ptpip:127.0.0.1:PORT:PORT``, or ``usb:`` for the only
camera on USB.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path

import gphoto2 as gp

from bench.camera.frames import Seen, Shot, exposed_us, frame_times
from bench.camera.plan import lead_seconds, shutter
from bench.rig import ANY_USB_PORT
from photonic.model.jpeg import whole_jpeg

WARM_UP_SECONDS = 1.0
FRAMES_AFTER = 15
GIVE_UP_SECONDS = 15.0
CARD = "Memory card"
NO_FRAME_NOW = (-1, -110)


class RawCamera:
    """The open camera, as a context manager; closed in order, so that the next one finds it free."""

    def __init__(self, address: str) -> None:
        self._context = gp.Context()
        self._camera = gp.Camera()
        if address == ANY_USB_PORT:
            return
        ports = gp.PortInfoList()
        ports.load()
        abilities = gp.CameraAbilitiesList()
        abilities.load()
        self._camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
        self._camera.set_port_info(ports[ports.lookup_path(address)])

    def __enter__(self) -> RawCamera:
        self._camera.init(self._context)
        # As photonic does; the library's own default is the camera's memory.
        self.choose("capturetarget", CARD)
        return self

    def __exit__(self, *_error: object) -> None:
        self._camera.exit(self._context)

    def choose(self, name: str, value: str) -> None:
        """Set an entry of the camera's configuration."""
        entry = self._camera.get_single_config(name, self._context)
        assert entry is not None
        entry.set_value(value)
        self._camera.set_single_config(name, entry, self._context)

    def preview(self) -> bytes:
        """The next frame; empty where the camera had none."""
        try:
            # The file has to outlive the view of its memory.
            file = self._camera.capture_preview(None, self._context)
            data = bytes(file.get_data_and_size())
        except gp.GPhoto2Error as error:
            if error.code in NO_FRAME_NOW:
                return b""
            raise
        return whole_jpeg(data) or b""

    def capture(self, photo: Path) -> gp.CameraFilePath:
        """One photo, taken, fetched into the file and flushed to the disk; its place on the card."""
        place = self._camera.capture(gp.GP_CAPTURE_IMAGE, self._context)
        with photo.open("wb") as file:
            content = gp.CameraFile(os.dup(file.fileno()))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # the binding's own, about this way of calling it
                self._camera.file_get(place.folder, place.name, gp.GP_FILE_TYPE_NORMAL, content, self._context)
            os.fsync(file.fileno())
        return place

    def delete(self, place: gp.CameraFilePath) -> None:
        """Delete a photo from the card: photonic would import it when its turn comes, between its own captures."""
        self._camera.file_delete(place.folder, place.name, self._context)


def watch(camera: RawCamera, *, seconds: float | None = None, frames: int | None = None) -> list[Seen]:
    """New frames, repeated ones left out, for a time or up to a number."""
    seen: list[Seen] = []
    started = time.monotonic()
    until = started + (GIVE_UP_SECONDS if seconds is None else seconds)
    last = b""
    while time.monotonic() < until and (frames is None or len(seen) < frames):
        frame = camera.preview()
        if frame and frame != last:
            seen.append(Seen(time.monotonic(), frame))
            last = frame
    return seen


def rate(address: str, seconds: float) -> dict[str, float]:
    """New frames per second: from the first one's coming to the last one's."""
    with RawCamera(address) as camera:
        watch(camera, seconds=WARM_UP_SECONDS)
        seen = watch(camera, seconds=seconds)
    return {"fps": (len(seen) - 1) / (seen[-1].at - seen[0].at)}


def capture(camera: RawCamera, photo: Path, number: int) -> Shot:
    """One capture with live view before and after it, the plain way: capture, fetch, go on.

    The request comes while a frame is being fetched, as it does at photonic, so that the frame is waited for first.
    """
    camera.choose("shutterspeed", shutter(number))
    lead = lead_seconds(number)
    requested = time.monotonic() + lead
    before = watch(camera, seconds=lead)
    place = camera.capture(photo)
    saved = time.monotonic()
    after = watch(camera, frames=FRAMES_AFTER)
    camera.delete(place)
    return {
        "requested": requested,
        "saved": saved,
        "exposed_us": exposed_us(photo),
        "frames": frame_times([*before[-5:], *after]),
    }


def resume(address: str, count: int, folder: Path) -> list[Shot]:
    """Captures, one after the other."""
    with RawCamera(address) as camera:
        return [capture(camera, folder / f"raw-{number}.jpg", number) for number in range(count)]


def first(address: str, count: int) -> list[float]:
    """Seconds from asking for live view that is off to its first frame, time and again."""
    seconds: list[float] = []
    for _number in range(count):
        with RawCamera(address) as camera:
            asked = time.monotonic()
            seconds.append(watch(camera, frames=1)[0].at - asked)
    return seconds


def main() -> None:
    """Runs one measurement and prints it."""
    match sys.argv[1:]:
        case ["rate", address, seconds]:
            print(json.dumps(rate(address, float(seconds))))
        case ["resume", address, count, folder]:
            print(json.dumps(resume(address, int(count), Path(folder))))
        case ["first", address, count]:
            print(json.dumps(first(address, int(count))))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
