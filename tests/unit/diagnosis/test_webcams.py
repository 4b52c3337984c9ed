from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.diagnosis.webcams import WebcamEntry, inspect_webcams

if TYPE_CHECKING:
    from pathlib import Path


def add(sysfs: Path, node: str, name: str, index: int) -> None:
    place = sysfs / node
    place.mkdir(parents=True)
    (place / "name").write_text(f"{name}\n")
    (place / "index").write_text(f"{index}\n")


def test_each_device_is_listed_once_in_node_order_with_its_holder(tmp_path: Path) -> None:
    sysfs, devices, proc = tmp_path / "sys", tmp_path / "dev", tmp_path / "proc"
    add(sysfs, "video10", "Capture Card", 0)
    add(sysfs, "video2", "C920", 0)
    add(sysfs, "video3", "C920", 1)
    (sysfs / "video4").mkdir()
    (proc / "77" / "fd").mkdir(parents=True)
    (proc / "77" / "comm").write_text("obs\n")
    (proc / "77" / "cmdline").write_bytes(b"obs\0")
    (proc / "77" / "fd" / "5").symlink_to(devices / "video2")
    assert inspect_webcams(sysfs, devices, proc) == (
        WebcamEntry(f"v4l2:{devices}/video2", "C920", "obs (process 77)"),
        WebcamEntry(f"v4l2:{devices}/video10", "Capture Card", None),
    )


def test_a_computer_without_video_has_none(tmp_path: Path) -> None:
    assert inspect_webcams(tmp_path / "none") == ()
