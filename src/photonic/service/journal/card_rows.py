"""What the journal says about memory cards: imported photos, expected ones, copies that are to be deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from photonic.service.photo.identity import PhotoIdentity
    from photonic.worker.link.card_messages import CardObject


@dataclass(frozen=True, slots=True)
class IndexedPhoto:
    """An imported photo.

    ``card_scan``: the scan of the card that held it, ``None`` if unknown; ``removed``: the service has deleted the
    camera's copy, or may have before it gave the deletion up.
    """

    identity: PhotoIdentity
    sha256: str
    capture_id: str
    card_scan: int | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class RivalCapture:
    """A saved capture: ``began``, unix seconds of the start of its exposure; ``taken_at``, of the photo that it was
    given, in seconds on the camera's clock, as its card says.
    """

    began: float
    taken_at: float


@dataclass(frozen=True, slots=True)
class ExpectedPhoto:
    """A capture that ended without a photo although its shutter may have fired.

    Args:
        capture_id: of the capture.
        since: unix seconds of its end, to compare with the camera's times.
        began: unix seconds of the start of its exposure, or of its acceptance if that is unknown.
        bulb_seconds: the requested bulb exposure.
        age_seconds: how long the service has run since its end, independent of the clock.
        interrupted: whether a crash cut it off, so that ``since`` is only the last moment at which it is known to have
            run, or a few seconds later.
        after: when the photo of the last capture before it was taken, in seconds on the camera's clock, as its card
            says; ``None``: unknown.
        rivals: the next captures whose photos the card tells the times of: one may have taken a photo that the camera
            did not report, and been given the next one.
    """

    capture_id: str
    since: int
    began: float
    bulb_seconds: float = 0.0
    age_seconds: int = 0
    interrupted: bool = False
    after: float | None = None
    rivals: tuple[RivalCapture, ...] = ()


@dataclass(frozen=True, slots=True)
class CardMemory:
    """What the journal knows about one card of one camera, and about the camera.

    Args:
        card_scan: the newest first scan of this card; ``None``: the card is new.
        baseline: photos that any first scan found on it.
        latest: photos that the newest first scan found on it.
        photos: imported photos of this camera, from any card, that may be an object on the card now, or a twin of one;
            and one that must still be on this card, if there is one.
        expected: captures of this camera whose photo is expected.
        ahead: by how many seconds the camera's clock was ahead of ours at the newest captures; ``None``: unknown.
        read_at: unix seconds of this query.
        leaving: of these photos and objects, those whose copy the service is deleting: it is still on a card, or gone
            already.
        resolved: if the card is new, the newest captures of this camera that failed and were given a photo later.
        scans: all first scans of this card, oldest first.
    """

    card_scan: int | None = None
    baseline: tuple[PhotoIdentity, ...] = ()
    latest: tuple[PhotoIdentity, ...] = ()
    photos: tuple[IndexedPhoto, ...] = ()
    expected: tuple[ExpectedPhoto, ...] = ()
    ahead: float | None = None
    read_at: int = 0
    leaving: tuple[PhotoIdentity, ...] = ()
    resolved: tuple[ExpectedPhoto, ...] = ()
    scans: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """A copy on the card that is waiting to be deleted."""

    number: int
    object: CardObject


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A photo that is on record; ``path``: below the photo root."""

    path: PurePosixPath
    sha256: str
