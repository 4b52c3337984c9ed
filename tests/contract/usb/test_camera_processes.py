"""Camera processes on USB: each opens its own body, also among several of one model, and what stops it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.absent import program
from tests.support.usb_bus import SERIAL, usb_bus

from photonic.worker.supervision.usb import GONE

if TYPE_CHECKING:
    from collections.abc import Sequence

STARTS = [sys.executable, "-m", "tests.contract.usb.starts"]
ENDS_WITHIN_SECONDS = 120.0


def started(devices: Sequence[str], *addresses: str, wrapper: Sequence[str] = (), fault: str = "") -> dict[str, Any]:
    """What the program says; ``wrapper``: a program that runs it; ``fault``: every body has it from the start."""
    options = [f"--device={device}" for device in devices] + ([f"--fault={fault}"] if fault else [])
    with usb_bus("--speed", "10", *options) as bus, bus.seen():
        done = subprocess.run(
            [*wrapper, *STARTS, *addresses], capture_output=True, text=True, timeout=ENDS_WITHIN_SECONDS, check=True
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


@pytest.mark.long
def test_leading_zeros_and_letters_of_a_serial_number_do_not_matter() -> None:
    starts = started(["nikon,serial=000042ab", "nikon,serial=42"], "usb:42AB")
    assert_ready(starts)
    assert starts["usb:42AB"]["port"] == "1-1"


@pytest.mark.long
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


def test_a_camera_that_is_unplugged_while_nobody_watches_is_told_of_at_once() -> None:
    (start,) = started(["canon,serial=41"], "--unplug", "usb:41").values()
    assert start["failures"] == [f"camera_absent: {GONE}"]


def test_a_missing_permission_is_told_with_the_command_that_says_more() -> None:
    # Root may open everything, unless it gives that up.
    drop = "-dac_override,-dac_read_search"
    wrapper = (program("setpriv"), "--bounding-set", drop, "--inh-caps", drop) if os.geteuid() == 0 else ()
    (start,) = started(["canon"], "--refused", f"usb:{SERIAL}", wrapper=wrapper, fault="no_permission").values()
    assert start["failures"][0].startswith("blocked: no permission for the camera's device file /dev/bus/usb/001/002")


@pytest.mark.long
def test_a_driver_of_the_kernel_is_detached() -> None:
    assert_ready(started(["canon,serial=41"], "usb:41", fault="kernel_driver"))
