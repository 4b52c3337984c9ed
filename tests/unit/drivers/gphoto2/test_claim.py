"""A camera that another program holds: recorded result codes of libgphoto2, and a process directory like the
kernel's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import pytest

from photonic.drivers.gphoto2.claim import with_holder
from photonic.drivers.gphoto2.faults import classify
from photonic.errors import FailureKind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    process = tmp_path / "proc" / "812"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("gvfs-gphoto2-vo\n")
    (process / "cmdline").write_bytes(b"/usr/libexec/gvfs-gphoto2-volume-monitor\0")
    (tmp_path / "usb" / "001").mkdir(parents=True)
    for device in ("012", "013"):
        (tmp_path / "usb" / "001" / device).touch()
    (process / "fd" / "9").symlink_to(tmp_path / "usb" / "001" / "012")
    return tmp_path / "proc"


@pytest.mark.parametrize("code", [-53, -60])
def test_the_holder_is_named_with_the_command_that_frees_the_camera(proc: Path, tmp_path: Path, code: int) -> None:
    error = with_holder(classify(code, (), "init"), "usb:001,012", tmp_path / "usb", proc)
    assert (error.kind, error.code) == (FailureKind.BLOCKED, code)
    assert "gvfs-gphoto2-volume-monitor (process 812)" in error.reason
    assert "systemctl --user stop" in error.reason


def test_a_holder_that_is_not_shown_still_has_advice(proc: Path, tmp_path: Path) -> None:
    error = with_holder(classify(-53, (), "init"), "usb:001,013", tmp_path / "usb", proc)
    assert "another program holds the camera" in error.reason


def test_a_camera_that_was_unplugged_before_it_was_claimed_is_held_by_nobody(proc: Path, tmp_path: Path) -> None:
    (tmp_path / "usb" / "001" / "013").unlink()
    error = with_holder(classify(-53, (), "init"), "usb:001,013", tmp_path / "usb", proc)
    assert (error.kind, error.code) == (FailureKind.CAMERA_ABSENT, -53)
    assert "unplugged" in error.reason


@pytest.mark.parametrize(("code", "path"), [(-7, "usb:001,012"), (-53, "ptpip:127.0.0.1:1:1")])
def test_other_errors_stay_what_they_are(proc: Path, tmp_path: Path, code: int, path: str) -> None:
    error = classify(code, (), "init")
    assert with_holder(error, path, tmp_path / "usb", proc) is error


def test_a_missing_permission_is_told_with_the_command_that_says_more(proc: Path, tmp_path: Path) -> None:
    node = tmp_path / "usb" / "001" / "012"
    with mock.patch("os.access", return_value=False):
        error = with_holder(classify(-7, (), "init"), "usb:001,012", tmp_path / "usb", proc)
    assert error.kind is FailureKind.BLOCKED
    assert f"no permission for the camera's device file {node}: run photonic doctor" in error.reason
