"""``python -m tests.contract.simulator.step_by_step PORT``: python-gphoto2, told what to do a step at a time.

A step is a JSON list on a line: ``["preview"]``, ``["trigger"]``, ``["events", QUIET_MS]``, ``["read", NAME]``,
``["choose", NAME, VALUE]``, ``["files"]``, ``["delete", NAME]``, ``["storages"]``, ``["leave"]``, ``["reopen"]``. Each
is answered by a JSON object: what came, or ``error`` (gphoto2's code) and ``texts`` (what the library said meanwhile).
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import gphoto2  # pyright: ignore[reportMissingTypeStubs]

from photonic.simulator import pixels

gp: Any = gphoto2
FOLDER = "/store_00020001/DCIM/100CANON"
MOST_SECONDS = 15.0


class Steps:
    """One camera, and its steps by name."""

    def __init__(self, port: str) -> None:
        self._port = port
        self.texts: list[str] = []
        self._context = gp.Context()
        self._callback = self._context.set_error_func(self._heard, None)
        self.reopen()

    def _heard(self, _context: object, text: bytes, _data: object) -> None:
        self.texts.append(text.decode())

    def reopen(self) -> dict[str, Any]:
        path = f"ptpip:127.0.0.1:{self._port}:{self._port}"
        ports, abilities = gp.PortInfoList(), gp.CameraAbilitiesList()
        ports.load()
        abilities.load(self._context)
        self._camera = gp.Camera()
        self._camera.set_abilities(abilities[abilities.lookup_model("PTP/IP Camera")])
        self._camera.set_port_info(ports[ports.lookup_path(path)])
        self._camera.init(self._context)
        return {}

    def leave(self) -> dict[str, Any]:
        self._camera.exit(self._context)
        return {}

    def preview(self) -> dict[str, Any]:
        file = self._camera.capture_preview()
        data = bytes(file.get_data_and_size())
        whole = data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")
        return {"size": len(data), "whole": whole, "counter": pixels.read(data).counter if whole else None}

    def trigger(self) -> dict[str, Any]:
        begun = time.monotonic()
        self._camera.trigger_capture(self._context)
        return {"seconds": time.monotonic() - begun}

    def events(self, quiet_ms: int) -> dict[str, Any]:
        """Files in the order in which they were told, and the rest as the library words it."""
        files: list[str] = []
        others: list[str] = []
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline:
            kind, data = self._camera.wait_for_event(quiet_ms, self._context)
            if kind == gp.GP_EVENT_TIMEOUT:
                break
            if kind == gp.GP_EVENT_FILE_ADDED:
                files.append(data.name)
            elif data is not None:
                others.append(str(data))
        return {"files": files, "others": others}

    def read(self, name: str) -> dict[str, Any]:
        widget = self._camera.get_single_config(name, self._context)
        radio = widget.get_type() in {gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU}
        return {"value": widget.get_value(), "choices": list(widget.get_choices()) if radio else []}

    def choose(self, name: str, value: str | int) -> dict[str, Any]:
        widget = self._camera.get_single_config(name, self._context)
        widget.set_value(value)
        self._camera.set_single_config(name, widget, self._context)
        return {}

    def files(self) -> dict[str, Any]:
        """On the card, with size in bytes and time in seconds of the Unix clock."""
        names = self._camera.folder_list_files(FOLDER, self._context).keys()
        # Kept while they are read: ``info.file`` is the memory of ``info``.
        infos = {name: self._camera.file_get_info(FOLDER, name, self._context) for name in names}
        return {"files": {name: [info.file.size, info.file.mtime] for name, info in infos.items()}}

    def delete(self, name: str) -> dict[str, Any]:
        self._camera.file_delete(FOLDER, name, self._context)
        return {}

    def storages(self) -> dict[str, Any]:
        infos = self._camera.get_storageinfo(self._context)
        return {"free_kbytes": [info.freekbytes for info in infos], "access": [info.access for info in infos]}


def main() -> None:
    # Over PTP/IP the library closes descriptor 0 at each exit: its ``jpgfd`` was never opened (2.5.34, ``ptpip.c``).
    orders = os.fdopen(os.dup(0))
    steps = Steps(sys.argv[1])
    for line in orders:
        name, *arguments = json.loads(line)
        steps.texts.clear()
        try:
            answer = getattr(steps, name)(*arguments)
        except gp.GPhoto2Error as error:
            answer = {"error": error.code, "texts": steps.texts}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
