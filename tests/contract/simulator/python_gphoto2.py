"""``python -m tests.contract.simulator.python_gphoto2 PORT COMMAND...``: python-gphoto2, in a process of its own.

Says what it sees as one JSON object a line. Commands: ``live N``; ``capture FOLDER TARGET N``; ``outlive frame`` and
``outlive photo``: do that until it fails, once more with the same camera, and then with a new one.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gphoto2  # pyright: ignore[reportMissingTypeStubs]

from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Callable

gp: Any = gphoto2
MOST_DIALS = 20


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def opened(port: str) -> Any:
    path = f"ptpip:127.0.0.1:{port}:{port}"
    ports, abilities = gp.PortInfoList(), gp.CameraAbilitiesList()
    ports.load()
    abilities.load()
    camera = gp.Camera()
    camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
    camera.set_port_info(ports[ports.lookup_path(path)])
    camera.init()
    say(opened=camera.get_single_config("cameramodel").get_value())
    return camera


def content(file: Any) -> bytes:
    """The bytes of a file that is kept while they are copied: its data is the library's memory."""
    return bytes(file.get_data_and_size())


def live(camera: Any, count: int) -> None:
    for _ in range(count):
        frame = camera.capture_preview()
        say(counter=pixels.read(content(frame)).counter)


def choose(camera: Any, name: str, value: str) -> None:
    widget = camera.get_single_config(name)
    widget.set_value(value)
    camera.set_single_config(name, widget)


def capture(camera: Any, folder: str, target: str, count: int) -> None:
    choose(camera, "capturetarget", target)
    for number in range(1, count + 1):
        live(camera, 3)
        place = camera.capture(gp.GP_CAPTURE_IMAGE)
        photo = camera.file_get(place.folder, place.name, gp.GP_FILE_TYPE_NORMAL)
        path = Path(folder) / f"{number}.jpg"
        path.write_bytes(content(photo))
        say(photo=pixels.read(path.read_bytes()).counter, folder=place.folder, name=place.name)
    live(camera, 3)


def fails(camera: Any, do: Callable[[Any], None]) -> bool:
    """Whether it failed; how, and after how long, is said."""
    begun = time.monotonic()
    try:
        do(camera)
    except gp.GPhoto2Error as error:
        say(error=error.code, seconds=time.monotonic() - begun)
        return True
    return False


def frame(camera: Any) -> None:
    live(camera, 1)


def photo(camera: Any) -> None:
    place = camera.capture(gp.GP_CAPTURE_IMAGE)
    say(name=place.name)
    content(camera.file_get(place.folder, place.name, gp.GP_FILE_TYPE_NORMAL))


def outlive(camera: Any, port: str, what: str) -> None:
    do = frame if what == "frame" else photo
    while not fails(camera, do):
        pass
    if not fails(camera, do):
        say(works=True)
        camera.exit()
    for _ in range(MOST_DIALS):
        # No exit() of one that is lost: the library would wait for the old connection again.
        if not fails(None, partial(anew, port, do)):
            return


def anew(port: str, do: Callable[[Any], None], _lost: None) -> None:
    camera = opened(port)
    do(camera)
    say(anew=True)
    camera.exit()


def main() -> None:
    port, command, *arguments = sys.argv[1:]
    camera = opened(port)
    match command:
        case "live":
            live(camera, int(arguments[0]))
        case "capture":
            capture(camera, arguments[0], arguments[1], int(arguments[2]))
        case "outlive":
            outlive(camera, port, arguments[0])
            say(ended=True)
            return
        case _:
            raise SystemExit(__doc__)
    camera.exit()
    say(ended=True)


if __name__ == "__main__":
    main()
