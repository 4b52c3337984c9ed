"""Several bodies of one model: each camera process opens its own, and nobody is blamed for another one's start."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.usb_bus import usb_bus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STARTS = [sys.executable, "-m", "tests.contract.usb.starts"]
ENDS_WITHIN_SECONDS = 120.0


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locks of ports are this test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def started(devices: Sequence[str], *addresses: str) -> dict[str, Any]:
    with usb_bus("--speed", "10", *(f"--device={device}" for device in devices)) as bus, bus.seen():
        done = subprocess.run(
            [*STARTS, *addresses], capture_output=True, text=True, timeout=ENDS_WITHIN_SECONDS, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])


def assert_ready(starts: dict[str, Any]) -> None:
    for address, start in starts.items():
        assert start["failures"] == [], address
        assert start["seconds"] is not None, address


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.long), pytest.param(8, marks=pytest.mark.long)])
def test_every_body_of_one_model_is_ready_and_no_fault_is_told(count: int) -> None:
    serials = [f"{number:012}" for number in range(41, 41 + count)]
    starts = started([f"canon,serial={serial}" for serial in serials], *(f"usb:{serial}" for serial in serials))
    assert_ready(starts)
    assert [start["serial"] for start in starts.values()] == serials
    assert [start["port"] for start in starts.values()] == [f"1-{port}" for port in range(1, count + 1)]


def test_leading_zeros_and_letters_of_a_serial_number_do_not_matter() -> None:
    starts = started(["nikon,serial=000042ab", "nikon,serial=42"], "usb:42AB")
    assert_ready(starts)
    assert starts["usb:42AB"]["port"] == "1-1"


def test_bodies_whose_descriptors_have_no_serial_number_are_opened_one_after_the_other() -> None:
    devices = [f"canon,serial={serial},usb-serial=" for serial in ("41", "42")]
    starts = started(devices, "usb:42", "usb:41")
    assert_ready(starts)
    assert [(start["serial"], start["port"]) for start in starts.values()] == [("42", "1-2"), ("41", "1-1")]


def test_bodies_with_the_same_serial_number_are_known_by_their_ports() -> None:
    devices = ["canon,serial=7,port=1", "canon,serial=7,port=2.1"]
    refused = started(devices, "--refused", "usb:7")["usb:7"]["failures"]
    assert refused[0].startswith("blocked: 2 cameras on USB have the serial number 7: use their ports")
    assert "usb:1-1" in refused[0]
    starts = started(devices, "usb:1-1", "usb:1-2.1")
    assert_ready(starts)
    assert [start["serial"] for start in starts.values()] == ["usb:1-1", "usb:1-2.1"]
    assert all("known by its port" in start["notes"][0] for start in starts.values())


def test_an_empty_port_is_named_with_what_is_there() -> None:
    (start,) = started(["canon,port=2.1"], "--refused", "usb:1-3").values()
    assert start["failures"][0].startswith("camera_absent: no camera in USB port 1-3; found: Canon EOS 5D Mark III in")
