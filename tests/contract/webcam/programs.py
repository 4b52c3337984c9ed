"""``python -m tests.contract.webcam.programs COMMAND``: runs beside the simulated webcam, and says one JSON object.

``pictures``: live view, a photo and controls through the webcam driver's own source. ``faults``: the same source while
the webcam misbehaves. ``held``: beside another program that streams (``hold``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from tests.support.waiting import until_found

from photonic.drivers.webcam.device import DeviceSource
from photonic.errors import BadInput, CameraError
from photonic.model.camera_address import SourceAddress
from photonic.simulator import pixels
from photonic.simulator.control import ControlClient

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = "v4l2:/dev/video0#size=640x480"
PICTURE_SECONDS = 20.0
SILENT_SECONDS = 0.3
FRAMES_PER_FAULT = 8
"""Up to four frames are in the queue when a fault begins."""

STILL_SECONDS = 30.0


def control() -> ControlClient:
    return ControlClient.at(os.environ["PHOTONIC_SIMULATOR_CONTROL"])


def source(address: str = ADDRESS) -> DeviceSource:
    return DeviceSource(SourceAddress.parse(address))


def picture(webcam: DeviceSource) -> bytes:
    return until_found(lambda: webcam.picture(PICTURE_SECONDS), bool) or b""


def failure(call: Callable[[], object]) -> dict[str, str]:
    try:
        call()
    except (CameraError, BadInput) as error:
        return {"kind": getattr(error, "kind", "") or "", "reason": error.reason}
    return {"kind": "", "reason": ""}


def pictures() -> dict[str, Any]:
    webcam = source()
    identity = webcam.open()
    webcam.start()
    counters = [pixels.read(picture(webcam)).counter for _ in range(5)]
    before = pixels.read(picture(webcam)).shutter_us
    webcam.set_controls({"auto_exposure": 1, "exposure_time_absolute": 300})
    after = until_found(lambda: pixels.read(picture(webcam)).shutter_us, lambda shutter_us: shutter_us != before)
    still = Image.open(BytesIO(webcam.still(STILL_SECONDS)))
    resumed = pixels.read(picture(webcam)).counter
    controls = {one.name: [one.value, one.reason is None] for one in webcam.controls()}
    webcam.close()
    return {
        "serial": identity.serial,
        "model": identity.model,
        "counters": counters,
        "exposures": [before, after],
        "still": still.size,
        "resumed": resumed > counters[-1],
        "controls": controls,
    }


def faults() -> dict[str, Any]:
    webcam, remote = source(), control()
    webcam.open()
    picture(webcam)
    seen: dict[str, Any] = {}
    for name in ("truncated_frame", "empty_frame", "flagged_frame", "padded_frame"):
        remote.fault(name, times=2)
        seen[name] = [webcam.picture(PICTURE_SECONDS) for _ in range(FRAMES_PER_FAULT)].count(None)
    remote.fault("mute")
    seen["mute"] = until_found(lambda: webcam.picture(SILENT_SECONDS), lambda data: data is None)
    remote.clear("mute")
    seen["after_mute"] = len(picture(webcam)) > 0
    remote.fault("control_stall", times=1)
    seen["control_stall"] = failure(lambda: webcam.set_controls({"brightness": 3}))
    webcam.stop()
    remote.fault("no_bandwidth")
    seen["no_bandwidth"] = failure(webcam.start)
    remote.clear("no_bandwidth")
    webcam.start()
    picture(webcam)
    remote.unplug()
    seen["unplugged"] = unplugged(webcam)
    webcam.close()
    seen["absent"] = failure(source().open)
    remote.plug()
    again = source()
    until_found(lambda: failure(again.open), lambda answer: not answer["reason"])
    seen["plugged"] = len(picture(again)) > 0
    again.close()
    return seen


def unplugged(webcam: DeviceSource) -> dict[str, str]:
    def check() -> None:
        webcam.picture(PICTURE_SECONDS)
        webcam.check()

    return until_found(lambda: failure(check), lambda answer: answer["reason"])


def held() -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.contract.webcam.programs", "hold"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        second = source()
        second.open()
        refused = failure(second.start)
        with suppress(CameraError):
            second.close()
        holder.communicate()
    return {**refused, "pid": holder.pid}


def hold() -> dict[str, Any]:
    webcam = source()
    webcam.open()
    webcam.start()
    picture(webcam)
    sys.stdout.write("streaming\n")
    sys.stdout.flush()
    sys.stdin.read()
    webcam.close()
    return {}


COMMANDS = {"pictures": pictures, "faults": faults, "held": held, "hold": hold}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(COMMANDS[sys.argv[1]]()) + "\n")
