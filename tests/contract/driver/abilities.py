"""``python -m tests.contract.driver.abilities``: observes what the driver can do with each body, and records it.

The record is ``docs/reference/cameras.json``; ``scripts/documents.py`` makes the reference's table of it.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from tests.contract.driver.harness import Log, run
from tests.support.pictures import RED
from tests.support.simulated import simulated_camera
from tests.support.usb_bus import usb_bus

from photonic.drivers.webcam.driver import WebcamDriver
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.capture_options import CaptureOptions
from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Capture, Configure, Staged
from photonic.worker.link.setting_messages import LookAt

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.contract.driver.harness import DriverHarness

    from photonic.simulator.control import ControlClient
    from photonic.worker.link.setting_messages import SettingEntry

RECORD = Path(__file__).parents[3] / "docs" / "reference" / "cameras.json"
ON_USB = ("canon-usb", "nikon-usb", "generic-usb")
TRANSPORTS = {
    "canon": "network",
    "nikon": "network",
    "generic": "network",
    **dict.fromkeys(ON_USB, "USB"),
    "vusb": "libgphoto2's own",
    "folder": "none",
}
"""What each body is reached on."""

BODIES = tuple(TRANSPORTS)

LOOKS = {
    "magnification": LookAt(request=2, magnification="5"),
    "focus_point": LookAt(request=2, focus_point=(100, 100)),
    "depth_of_field": LookAt(request=2, depth_of_field=True),
}

Facts = dict[str, Any]


def recorded() -> dict[str, Facts]:
    """What was last recorded, by body."""
    return json.loads(RECORD.read_text())


def _abilities(harness: DriverHarness) -> Facts:
    opened = harness.open()
    session = harness.driver._session
    assert session is not None
    settings = {name: session._configuration.common(name) for name in SettingName}
    facts: Facts = {
        "model": opened.model,
        "manufacturer": opened.manufacturer,
        "live_view": "yes" if opened.live_view else "no",
        "settings": sorted(name.value for name, setting in settings.items() if setting and setting.writable),
    }
    if opened.live_view:
        harness.driver.start_preview()
        harness.frames(2)
    facts |= {name: _refused(harness.driver.look, wanted) for name, wanted in LOOKS.items()}
    facts["setting_changed"] = _changed(harness)
    facts["capture"] = _captured(harness)
    facts["bulb"] = _captured(harness, bulb_seconds=1.0)
    if opened.live_view:
        harness.frames(2)
    return facts


def _changed(harness: DriverHarness) -> str:
    """Whether another exposure time than the present one is taken, and read back."""
    before = _shutter(harness)
    wanted = next(choice for choice in before.choices if choice != before.value and "bulb" not in choice.lower())
    harness.driver.change({"shutter": wanted})
    return "yes" if _shutter(harness).value == wanted else "no"


def _shutter(harness: DriverHarness) -> SettingEntry:
    return next(entry for entry in harness.driver.settings().settings if entry.name == "shutter")


def _captured(harness: DriverHarness, bulb_seconds: float | None = None) -> str:
    before = len(harness.log.of(Staged))
    try:
        harness.capture("c", bulb_seconds)
    except (CaptureError, CameraError) as error:
        return "no" if error.kind is FailureKind.NOT_SUPPORTED else error.kind.value
    return "yes" if len(harness.log.of(Staged)) == before + 1 else "no"


def _to_ram(harness: DriverHarness) -> str:
    opened = harness.open(capture_target="ram")
    if opened.capture_target != "ram":
        return "no"
    captured = _captured(harness)
    # libgphoto2's virtual USB camera takes the setting, and has no RAM.
    return captured if all(message.in_ram for message in harness.log.of(Staged)) else "no"


def _button(control: ControlClient, harness: DriverHarness) -> str:
    harness.open()
    control.press()
    try:
        harness.idle_until(lambda: bool(harness.log.of(Staged)))
    except AssertionError:
        return "no"
    return "yes"


def _refused(act: Callable[..., None], *arguments: object) -> str:
    try:
        act(*arguments)
    except (CameraError, CaptureError) as error:
        return "no" if error.kind is FailureKind.NOT_SUPPORTED else error.kind.value
    return "yes"


def _pictures(folder: Path) -> Facts:
    """Of a source of pictures: everything that is no webcam is one to the driver."""
    (folder / "a.jpg").write_bytes(RED)
    log = Log()
    driver = WebcamDriver(log)
    opened = driver.open(Configure(request=1, address=f"file:{folder}#fps=20"))
    driver.start_preview()
    live = [driver.preview() for _ in range(2)]
    driver.capture(Capture(request=2, capture_id="c", staging=str(folder)), lambda: False)
    facts: Facts = {
        "model": "the folder's name",
        "manufacturer": opened.manufacturer,
        "live_view": "yes" if opened.live_view and live == [RED, RED] else "no",
        "settings": [entry.name for entry in driver.settings().settings],
        **{name: _refused(driver.look, look) for name, look in LOOKS.items()},
        "setting_changed": "no",
        "capture": "yes" if [Path(one.path).read_bytes() for one in log.of(Staged)] == [RED] else "no",
        "bulb": _refused(
            driver.capture,
            Capture(request=3, capture_id="d", staging=str(folder), options=CaptureOptions(bulb_seconds=1.0)),
            lambda: False,
        ),
        "capture_to_ram": "no" if opened.capture_target != "ram" else "yes",
        "own_button": "no",
    }
    driver.close()
    return facts


@contextmanager
def _body(name: str, folder: Path) -> Generator[tuple[str, ControlClient | None]]:
    if name == "vusb":
        card = folder / "card"
        card.mkdir()
        Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 50).convert("RGB").save(card / "a.jpg")
        yield f"vusb:{card}", None
        return
    if name in ON_USB:
        with usb_bus("--body", name.removesuffix("-usb"), "--speed", "5") as bus, bus.seen():
            yield bus.camera.address, bus.camera.control
        return
    with simulated_camera("--body", name, "--speed", "5") as camera:
        yield camera.address, camera.control


def observe(name: str, folder: Path) -> Facts:
    """What the driver and the real libgphoto2 can do with a body; ``folder`` is an empty directory."""
    return {"transport": TRANSPORTS[name]} | (_pictures(folder) if name == "folder" else _observed(name, folder))


def _observed(name: str, folder: Path) -> Facts:
    homes = [folder / part for part in ("abilities", "ram", "button")]
    for home in homes:
        home.mkdir()
    with _body(name, folder) as (address, control):
        facts = run(_abilities, address, homes[0])
        facts["capture_to_ram"] = run(_to_ram, address, homes[1])
        facts["own_button"] = "not tried" if control is None else run(partial(_button, control), address, homes[2])
    return facts


def main() -> None:
    """Observe every body, and write the record."""
    seen: dict[str, Facts] = {}
    for name in BODIES:
        with tempfile.TemporaryDirectory() as folder:
            seen[name] = observe(name, Path(folder))
    RECORD.write_text(json.dumps(seen, indent=2) + "\n")


if __name__ == "__main__":
    main()
