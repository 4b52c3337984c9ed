"""What sysfs shows of the simulated webcam, as our own programs read it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from photonic.diagnosis.webcams import inspect_webcams
from photonic.simulator.usb.bus_folder import BusFolder
from photonic.simulator.video.entries import webcam_entries


def test_our_own_list_of_webcams_finds_it(tmp_path: Path) -> None:
    entries = webcam_entries("W42", "Photonic Webcam")
    with BusFolder(Path(tempfile.mkdtemp(prefix="usb-"))) as folder:
        folder.add(entries)
        video = folder.path / "sys/class/video4linux"
        (found,) = inspect_webcams(video, Path("/dev"), tmp_path)
        assert (found.address, found.model, found.held_by) == ("v4l2:/dev/video0", "Photonic Webcam", None)
        assert ((video / "video0/device").resolve().parent / "serial").read_text() == "W42\n"
        folder.remove(entries)
        assert not video.exists() or not list(video.iterdir())
