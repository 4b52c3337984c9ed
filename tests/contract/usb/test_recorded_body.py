"""``photonic body record`` on a simulated body on USB, and ``photonic simulate --body`` with what it has written."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.contract.usb.recording import OWNER
from tests.support.absent import program
from tests.support.preload import preload_library

from photonic.cli.body_file import read_description
from photonic.ptp.codes import CanonProperty

if TYPE_CHECKING:
    from pathlib import Path

SIMULATE = [sys.executable, "-m", "photonic.cli", "simulate", "--usb", "--photo-megapixels", "0.5", "--speed", "10"]
RECORD = [sys.executable, "-m", "tests.contract.usb.recording"]
SERIAL = "000734001985"
ENDS_WITHIN_SECONDS = 90.0


def beside(*arguments: str) -> str:
    preload_library()
    done = subprocess.run(
        [*SIMULATE, *arguments], capture_output=True, text=True, timeout=ENDS_WITHIN_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_recorded_body_has_nothing_personal_and_can_be_simulated(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    said = beside("--serial", SERIAL, "--", *RECORD, str(path), "--capture")
    assert f"recorded in {path}" in said
    # The photo changes how many shots fit, and nothing else.
    assert set(json.loads(said.splitlines()[-1])["changed"]) <= {f"{CanonProperty.AVAILABLE_SHOTS:#06x}"}

    text = path.read_text().casefold()
    for secret in (*OWNER.values(), SERIAL, SERIAL.lstrip("0")):
        assert secret.casefold() not in text, secret
    recorded = read_description(path)
    assert recorded.device_info is not None
    assert {"0x1001", "0x9153"} <= set(recorded.device_info.operations)
    choices = {one.path: one.choices for one in recorded.settings}
    assert "1/125" in choices["/main/capturesettings/shutterspeed"]
    assert recorded.storages[0].capacity_kilobytes > 0
    assert recorded.times.preview_bytes is not None
    assert recorded.times.capture_seconds is not None
    assert recorded.log
    assert recorded.problems == ()

    facts = json.loads(path.read_text())
    facts["device_info"]["model"] = facts["abilities"]["model"] = "Canon EOS 6D"
    facts["abilities"]["usb_product"] = 0x3250
    path.write_text(json.dumps(facts))
    assert "Canon EOS 6D " in beside("--body", str(path), "--", program("gphoto2"), "--auto-detect")


@pytest.mark.long
def test_the_recorded_device_information_is_that_of_the_camera_that_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    record = (sys.executable, "-m", "photonic.cli", "body", "record", "--simulated", str(path), "--camera", "usb:1-2")
    beside("--device", "canon,usb-serial=", "--device", "nikon,usb-serial=", "--", *record)
    recorded = read_description(path)
    assert recorded.device_info is not None, recorded.problems
    assert recorded.device_info.manufacturer == "Nikon Corporation"
    assert recorded.abilities.usb_vendor == 0x04B0
