"""Which photo is which: what a camera says of a photo, compared.

A camera's name for a photo comes back when its numbering restarts, and its time is converted by the host's time zone
(libgphoto2 ``ptp-pack.c``, ``mktime``) and kept in steps of two seconds by FAT. So two identities are the same, or
another, or in doubt; what is in doubt is settled by the photo's sha256. A copy on the camera's second card is the same
photo.
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
    """What comparing two identities says."""

    SAME = "same"
    DOUBTFUL = "doubtful"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PhotoIdentity:
    """A photo as its camera knows it: serial number, folder with the storage in front, name, size in bytes, seconds by
    the camera's clock. ``None``: not known, as of a photo that was found staged after a crash."""

    serial: str | None
    folder: str | None
    name: str
    size_bytes: int | None
    taken_at: int | None

    @property
    def stem(self) -> str:
        """What RAW and JPEG of one shot have in common."""
        return stem(self.name)

    @property
    def complete(self) -> bool:
        """Whether all of it is known."""
        return None not in {self.serial, self.folder, self.size_bytes, self.taken_at}


def likeness(one: PhotoIdentity, other: PhotoIdentity) -> Likeness:
    """Whether two identities are of one photo, as far as they tell."""
    if plain(one.name) != plain(other.name) or _differ(one.size_bytes, other.size_bytes):
        return Likeness.OTHER
    if _differ(one.serial, other.serial):
        return Likeness.OTHER
    if one.folder is not None and other.folder is not None and below_storage(one.folder) != below_storage(other.folder):
        # Each card numbers its folders by itself.
        on_two_cards = storage(one.folder) != storage(other.folder)
        alike = on_two_cards and None not in {one.size_bytes, one.taken_at} and one.taken_at == other.taken_at
        return Likeness.DOUBTFUL if alike and one.size_bytes == other.size_bytes else Likeness.OTHER
    if one.taken_at is None or other.taken_at is None:
        return Likeness.DOUBTFUL
    if one.taken_at != other.taken_at:
        return Likeness.DOUBTFUL if _one_moment(one.taken_at, other.taken_at) else Likeness.OTHER
    return Likeness.SAME if one.complete and other.complete and one.name == other.name else Likeness.DOUBTFUL


def twins(one: PhotoIdentity, other: PhotoIdentity) -> bool:
    """Whether two files are of one still of one camera."""
    return not _differ(one.serial, other.serial) and of_one_exposure(one, other)


class ByName:
    """Identities by the name on the camera, for comparing many with many."""

    def __init__(self, identities: Iterable[PhotoIdentity]) -> None:
        self._by_stem: dict[str, list[PhotoIdentity]] = {}
        for identity in identities:
            self._by_stem.setdefault(identity.stem, []).append(identity)

    def likeness(self, identity: PhotoIdentity) -> Likeness:
        """The closest that any comes to this one."""
        found = {likeness(identity, one) for one in self._by_stem.get(identity.stem, ())}
        return next((like for like in (Likeness.SAME, Likeness.DOUBTFUL) if like in found), Likeness.OTHER)

    def has_twin(self, identity: PhotoIdentity) -> bool:
        """Whether another file of the same still is among them."""
        return any(twins(identity, one) for one in self._by_stem.get(identity.stem, ()))


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _one_moment(one: int, other: int) -> bool:
    """Whether the two may be one moment on two clocks that a time zone or a rounding sets apart."""
    apart = abs(one - other)
    off_step = min(apart % ZONE_STEP_SECONDS, -apart % ZONE_STEP_SECONDS)
    return apart <= ZONE_SPAN_SECONDS and off_step <= FAT_STEP_SECONDS
