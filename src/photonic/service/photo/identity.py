"""The identity of a photo on its camera, and how two identities compare.

A camera reuses file names when its numbering restarts. Its times are converted with the host's time zone (libgphoto2
``ptp-pack.c``, ``mktime``) and rounded to two seconds by FAT. So two identities are the same, different, or in doubt;
in doubt, the photos' SHA-256 decides. A copy on the camera's second card is the same photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from photonic.model.camera_file import below_storage, of_one_exposure, plain, stem, storage

if TYPE_CHECKING:
    from collections.abc import Iterable

FAT_STEP_SECONDS = 2
ZONE_STEP_SECONDS = 15 * 60
ZONE_SPAN_SECONDS = 26 * 3600
"""From the westernmost to the easternmost time zone, UTC-12 to UTC+14."""


class Likeness(Enum):
    """The result of comparing two identities."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PhotoIdentity:
    """A photo as its camera reports it; fields are ``None`` if unknown, as for a file found staged after a crash.

    Args:
        serial: the camera's serial number.
        folder: the camera's folder, beginning with the storage.
        name: its file name on the camera.
        size_bytes: its size.
        taken_at: its time by the camera's clock, in seconds.
    """

    serial: str | None
    folder: str | None
    name: str
    size_bytes: int | None
    taken_at: int | None

    @property
    def stem(self) -> str:
        """The part of the name that RAW and JPEG of one shot share."""
        return stem(self.name)

    @property
    def complete(self) -> bool:
        """Whether every field is known."""
        return None not in {self.serial, self.folder, self.size_bytes, self.taken_at}


def likeness(one: PhotoIdentity, other: PhotoIdentity) -> Likeness:
    """Whether two identities denote the same photo."""
    if plain(one.name) != plain(other.name) or _differ(one.size_bytes, other.size_bytes):
        return Likeness.OTHER
    if _differ(one.serial, other.serial):
        return Likeness.OTHER
    if one.folder is not None and other.folder is not None and below_storage(one.folder) != below_storage(other.folder):
        # Each card has its own numbering of folders.
        on_two_cards = storage(one.folder) != storage(other.folder)
        alike = on_two_cards and None not in {one.size_bytes, one.taken_at} and one.taken_at == other.taken_at
        return Likeness.DOUBTFUL if alike and one.size_bytes == other.size_bytes else Likeness.OTHER
    if one.taken_at is None or other.taken_at is None:
        return Likeness.DOUBTFUL
    if one.taken_at != other.taken_at:
        return Likeness.DOUBTFUL if _one_moment(one.taken_at, other.taken_at) else Likeness.OTHER
    return Likeness.SAME if one.complete and other.complete and one.name == other.name else Likeness.DOUBTFUL


def twins(one: PhotoIdentity, other: PhotoIdentity) -> bool:
    """Whether two files belong to the same still of the same camera."""
    return not _differ(one.serial, other.serial) and of_one_exposure(one, other)


class ByName:
    """Identities by their name on the camera, to compare many with many."""

    def __init__(self, identities: Iterable[PhotoIdentity]) -> None:
        self._by_stem: dict[str, list[PhotoIdentity]] = {}
        for identity in identities:
            self._by_stem.setdefault(identity.stem, []).append(identity)

    def likeness(self, identity: PhotoIdentity) -> Likeness:
        """The closest match for this identity."""
        found = {likeness(identity, one) for one in self._by_stem.get(identity.stem, ())}
        return next((like for like in (Likeness.SAME, Likeness.DOUBTFUL) if like in found), Likeness.OTHER)

    def has_twin(self, identity: PhotoIdentity) -> bool:
        """Whether they include another file of the same still."""
        return any(twins(identity, one) for one in self._by_stem.get(identity.stem, ()))


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _one_moment(one: int, other: int) -> bool:
    """Whether the two may be the same moment, apart from time zone and rounding."""
    apart = abs(one - other)
    off_step = min(apart % ZONE_STEP_SECONDS, -apart % ZONE_STEP_SECONDS)
    return apart <= ZONE_SPAN_SECONDS and off_step <= FAT_STEP_SECONDS
