"""Lists webcams and capture cards from the kernel's video devices, without opening any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from photonic.diagnosis.owner import process_to_stop
from photonic.worker.supervision.holders import PROC, holders

SYSFS = Path("/sys/class/video4linux")
DEVICES = Path("/dev")


@dataclass(frozen=True, slots=True)
class WebcamEntry:
    """A video device.

    ``address``: the value for ``--camera``. ``held_by``: the processes that have it open; ``None`` if there are none,
    as far as this user may see.
    """

    address: str
    model: str
    held_by: str | None


def inspect_webcams(sysfs: Path = SYSFS, devices: Path = DEVICES, proc: Path = PROC) -> tuple[WebcamEntry, ...]:
    """The video devices, each by its first node: a webcam's other nodes deliver metadata instead of frames.

    ``name`` and ``index`` are the kernel's sysfs attributes of a node (``drivers/media/v4l2-core/v4l2-dev.c``).
    """
    found: list[WebcamEntry] = []
    for place in sorted(sysfs.glob("video*"), key=lambda place: (len(place.name), place.name)):
        try:
            name, index = ((place / fact).read_text().strip() for fact in ("name", "index"))
        except OSError:
            continue  # unplugged in the meantime
        if index == "0":
            node = devices / place.name
            held_by = ", ".join(str(process_to_stop(holder, proc)) for holder in holders([node], proc))
            found.append(WebcamEntry(f"v4l2:{node}", name, held_by or None))
    return tuple(found)
