"""The udev rules for cameras that this user may not open."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from photonic.diagnosis.udev_rule import add, command, rules_for, run_step
from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.usb import UsbCamera

CANON = 'SUBSYSTEM=="usb", ATTR{idVendor}=="04a9", MODE="0660", GROUP="video", TAG+="uaccess"'
NIKON = CANON.replace("04a9", "04b0")


def _camera(vendor: str) -> UsbCamera:
    return UsbCamera(path="1-1", vendor=vendor, product="1", name="Camera", serial=None, node=Path("/dev/none"))


class Run:
    """Records each command, and carries out the writing."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, ...]] = []

    def __call__(self, step: tuple[str, ...], given: str) -> None:
        self.steps.append(step)
        if given:
            with Path(step[-1]).open("a", encoding="utf-8") as file:
                file.write(given)


def test_there_is_one_rule_for_each_maker() -> None:
    assert rules_for([_camera("04a9"), _camera("04b0"), _camera("04a9")], "video") == (CANON, NIKON)


@pytest.mark.parametrize("vendor", ["", "04a9\n", '04a9"', "zzzz", "04A9"])
def test_what_is_no_vendor_number_makes_no_rule(vendor: str) -> None:
    assert rules_for([_camera(vendor)], "video") == ()


def test_the_command_adds_exactly_the_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules"
    path.write_text("# mine\n")
    line = command((CANON, NIKON), path)
    written = line.partition(" && ")[0].replace("sudo ", "")
    subprocess.run(["/bin/sh", "-c", written], check=True, stdout=subprocess.DEVNULL)
    assert path.read_text() == f"# mine\n{CANON}\n{NIKON}\n"
    assert line.endswith("&& sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=usb")


def test_rules_are_added_once_and_others_stay(tmp_path: Path) -> None:
    path, run = tmp_path / "rules", Run()
    add((CANON,), path=path, superuser=True, run=run)
    add((CANON, NIKON), path=path, superuser=True, run=run)
    add((NIKON,), path=path, superuser=True, run=run)
    assert path.read_text() == f"{CANON}\n{NIKON}\n"
    assert run.steps[:4] == [
        ("tee", "-a", str(path)),
        ("udevadm", "control", "--reload"),
        ("udevadm", "trigger", "--subsystem-match=usb"),
        ("udevadm", "settle", "--timeout=10"),
    ]
    assert len(run.steps) == 4 + 4 + 3


def test_another_user_runs_every_command_under_sudo(tmp_path: Path) -> None:
    run = Run()
    add((CANON,), path=tmp_path / "rules", superuser=False, run=run)
    assert {step[0] for step in run.steps} == {"sudo"}


@pytest.mark.parametrize(
    ("step", "reason"),
    [(("photonic-has-no-such-program",), "is not installed"), (("false",), "false failed: .*exit status 1")],
)
def test_a_command_that_fails_is_named(step: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CameraError, match=reason) as caught:
        run_step(step, "")
    assert caught.value.kind is FailureKind.BLOCKED


def test_a_command_gets_its_input(tmp_path: Path) -> None:
    run_step(("tee", str(tmp_path / "written")), "line\n")
    assert (tmp_path / "written").read_text() == "line\n"
