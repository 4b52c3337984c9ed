"""The floor: a loop over python-gphoto2 with nothing around it, in a process of its own.

``python -m bench.raw rate ADDRESS SECONDS`` and ``python -m bench.raw resume ADDRESS COUNT FOLDER`` print one JSON
object. ADDRESS is a port of libgphoto2 (``ptpip:127.0.0.1:PORT:PORT``).
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gphoto2 as gp
from bench.frames import Seen, Shot, exposed_us, frame_times

from photonic.model.frame import is_whole_jpeg

if TYPE_CHECKING:
    from collections.abc import Generator

WARM_UP_SECONDS = 1.0
WATCH_BEFORE_SECONDS = 0.7
FRAMES_AFTER = 15
GIVE_UP_SECONDS = 15.0


@contextmanager
def camera_at(address: str) -> Generator[Any]:
    """The open camera; closed in order, so that the next one finds it free."""
    ports = gp.PortInfoList()
    ports.load()
    abilities = gp.CameraAbilitiesList()
    abilities.load()
    camera = gp.Camera()
    camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
    camera.set_port_info(ports[ports.lookup_path(address)])
    camera.init()
    try:
        yield camera
    finally:
        camera.exit()


def preview(camera: Any) -> bytes:
    """The next frame; empty where the camera had none."""
    try:
        data = bytes(memoryview(camera.capture_preview().get_data_and_size()))
    except gp.GPhoto2Error as error:
        if error.code in {gp.GP_ERROR, gp.GP_ERROR_CAMERA_BUSY}:
            return b""
        raise
    return data if is_whole_jpeg(data) else b""


def watch(camera: Any, *, seconds: float | None = None, frames: int | None = None) -> list[Seen]:
    """New frames, repeated ones left out, for a time or up to a number."""
    seen: list[Seen] = []
    started = time.monotonic()
    until = started + (GIVE_UP_SECONDS if seconds is None else seconds)
    last = b""
    while time.monotonic() < until and (frames is None or len(seen) < frames):
        frame = preview(camera)
        if frame and frame != last:
            seen.append(Seen(time.monotonic(), frame))
            last = frame
    return seen


def rate(address: str, seconds: float) -> dict[str, float]:
    """New frames per second: from the first one's coming to the last one's."""
    with camera_at(address) as camera:
        watch(camera, seconds=WARM_UP_SECONDS)
        seen = watch(camera, seconds=seconds)
    return {"fps": (len(seen) - 1) / (seen[-1].at - seen[0].at)}


def capture(camera: Any, photo: Path) -> Shot:
    """One capture with live view before and after it, the plain way: capture, fetch, go on."""
    before = watch(camera, seconds=WATCH_BEFORE_SECONDS)
    requested = time.monotonic()
    place = camera.capture(gp.GP_CAPTURE_IMAGE)
    camera.file_get(place.folder, place.name, gp.GP_FILE_TYPE_NORMAL).save(str(photo))
    saved = time.monotonic()
    after = watch(camera, frames=FRAMES_AFTER)
    return {
        "requested": requested,
        "saved": saved,
        "exposed_us": exposed_us(photo),
        "frames": frame_times([*before[-5:], *after]),
    }


def resume(address: str, count: int, folder: Path) -> list[Shot]:
    """Captures, one after the other."""
    with camera_at(address) as camera:
        return [capture(camera, folder / f"raw-{number}.jpg") for number in range(count)]


def main() -> None:
    """Runs one measurement and prints it."""
    match sys.argv[1:]:
        case ["rate", address, seconds]:
            print(json.dumps(rate(address, float(seconds))))
        case ["resume", address, count, folder]:
            print(json.dumps(resume(address, int(count), Path(folder))))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
