"""Webcams and capture cards that the kernel has a device for; none is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from photonic.diagnosis.owner import responsible
from photonic.worker.supervision.holders import PROC, holders

SYSFS = Path("/sys/class/video4linux")
DEVICES = Path("/dev")


@dataclass(frozen=True, slots=True)
class WebcamEntry:
    """A video device. ``address``: what ``--camera`` takes; ``held_by``: who has it open, ``None``: nobody, as far as
    this user is shown."""

    address: str
    model: str
    held_by: str | None


def look_at_webcams(sysfs: Path = SYSFS, devices: Path = DEVICES, proc: Path = PROC) -> tuple[WebcamEntry, ...]:
    """Each device's first node: a webcam's others give no pictures, but facts about them.

    ``name`` and ``index``: what the kernel says of each in sysfs (``drivers/media/v4l2-core/v4l2-dev.c``).
    """
    found: list[WebcamEntry] = []
    for place in sorted(sysfs.glob("video*"), key=lambda place: (len(place.name), place.name)):
        try:
            name, index = ((place / fact).read_text().strip() for fact in ("name", "index"))
        except OSError:
            continue  # unplugged in between
        if index == "0":
            node = devices / place.name
            held_by = ", ".join(str(responsible(holder, proc)) for holder in holders([node], proc))
            found.append(WebcamEntry(f"v4l2:{node}", name, held_by or None))
    return tuple(found)
