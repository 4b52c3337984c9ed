"""Pictures with the time they came, and what the simulated camera says in their pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame and when it came, seconds of CLOCK_MONOTONIC (one clock for every process of the machine)."""

    at: float
    jpeg: bytes


class FrameTimes(TypedDict):
    """When a frame came, and the camera's own clock when it was made."""

    at: float
    camera_us: int


class Shot(TypedDict):
    """One capture: when it was asked for, when its photo was on disk, and the frames around it.

    ``exposed_us`` is the camera's clock at the end of the exposure, read from the photo's pixels.
    """

    requested: float
    saved: float
    exposed_us: int
    frames: list[FrameTimes]


def frame_times(seen: Iterable[Seen]) -> list[FrameTimes]:
    """The camera's clock of every frame, read from its pixels; takes a few milliseconds a frame."""
    return [{"at": frame.at, "camera_us": pixels.read(frame.jpeg).camera_us} for frame in seen]


def exposed_us(photo: Path) -> int:
    """The camera's clock at the end of the photo's exposure."""
    stamp = pixels.read(photo.read_bytes())
    return stamp.camera_us + stamp.shutter_us


def first_fresh_at(shot: Shot) -> float:
    """When the first frame came that the camera made after the exposure had ended.

    Raises ``LookupError`` when none came: a freeze.
    """
    for frame in shot["frames"]:
        if frame["camera_us"] > shot["exposed_us"]:
            return frame["at"]
    raise LookupError("no fresh frame came after the capture")


def camera_offset_seconds(shots: Iterable[Shot]) -> float:
    """What to add to the camera's clock to get CLOCK_MONOTONIC, from the frame that travelled fastest."""
    return min(frame["at"] - frame["camera_us"] / 1e6 for shot in shots for frame in shot["frames"])
