"""``python -m tests.contract.simulator.python_gphoto2 PORT COMMAND...``: python-gphoto2, in a process of its own.

Says what it sees as one JSON object a line. Commands: ``live N``; ``capture FOLDER TARGET N``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import gphoto2  # pyright: ignore[reportMissingTypeStubs]

from photonic.simulator import pixels

gp: Any = gphoto2


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


def main() -> None:
    port, command, *arguments = sys.argv[1:]
    camera = opened(port)
    match command:
        case "live":
            live(camera, int(arguments[0]))
        case "capture":
            capture(camera, arguments[0], arguments[1], int(arguments[2]))
        case _:
            raise SystemExit(__doc__)
    camera.exit()
    say(ended=True)


if __name__ == "__main__":
    main()
