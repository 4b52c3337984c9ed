"""Which still or capture a staged photo belongs to: by what it is, and by the camera's clock.

What is held true: a guest's session gets a photo only where something about the photo says so. Either it is the twin
of a file of that still (stem, moment, storage; out of the camera's RAM: its own word); or it lies in the directory in
which the driver staged what this release has taken; or it was taken while that capture ran, by the camera's clock, and
nothing else was. All else is nobody's, and says which capture it may be of.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.film import is_film
from photonic.service.ingest.expected_photo import fits, owners
from photonic.service.photo import naming
from photonic.service.photo.identity import twins
from photonic.service.photo.staged import exif_of, one_exposure

if TYPE_CHECKING:
    from photonic.model.exif import ExifFacts
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureResult
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StagedFile

RECENT_SECONDS = 600
"""Without the camera's times, two files of one stem are of one still when they came within this time."""
NEWEST = 20
"""How many captures back the twin of a photo out of the camera's RAM is looked for."""
OWED_SECONDS = 120
"""How long after a capture's failure a photo that comes by itself may be the one that it took."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a photo that is no twin of another comes from.

    ``release_of``: the capture whose release has taken it, too; ``failed``: the one that failed and has taken it;
    ``perhaps``: a failed one that may have taken it, which cannot be told.
    """

    release_of: CaptureResult | None = None
    failed: CaptureResult | None = None
    perhaps: CaptureResult | None = None

    @property
    def capture(self) -> CaptureResult | None:
        """The capture into whose session it belongs."""
        return self.release_of or self.failed

    def why(self, *, from_card: bool) -> str | None:
        """What its record says of where it comes from; ``from_card``: it was fetched from the card."""
        if self.release_of is not None:
            return f"taken with the release of capture {self.release_of.record.id}"
        where = "fetched from the camera's card" if from_card else "came later"
        if self.failed is not None:
            return f"{where}: taken to be the photo of capture {self.failed.record.id}, which had failed"
        if self.perhaps is not None:
            return (
                f"{where}: it may be the photo of capture {self.perhaps.record.id}, which had failed; "
                "the camera's clock does not tell, so it is in nobody's session"
            )
        return "fetched from the camera's card: taken while the service did not hear of it" if from_card else None


NOBODYS = Origin()


class Belonging:
    """Finds them, by asking the card's journal, the catalogue and the photo itself."""

    def __init__(
        self, shutter: CaptureCamera, root: PhotoRoot, cards: CardJournal, capture_index: CaptureIndex
    ) -> None:
        self._shutter = shutter
        self._root = root
        self._cards = cards
        self._capture_index = capture_index

    async def still(self, file: StagedFile) -> CaptureResult | None:
        """The still that this is another file of, by what both are; ``None`` when there is none."""
        exif = await asyncio.to_thread(self._root.staging.exif, file)
        identity = file.identity
        if identity is None:
            return await self._still_from_ram(file, exif)
        for photo in await self._cards.akin(identity):
            if not twins(identity, photo.identity):
                continue
            found = await self._capture_index.result(photo.capture_id)
            if found is None or not found.files:
                continue
            if None not in {identity.taken_at, photo.identity.taken_at}:
                return found
            same = one_exposure(exif, exif_of(found.files))
            if same or (same is None and _is_recent(found)):
                return found
        return None

    async def _still_from_ram(self, file: StagedFile, exif: ExifFacts | None) -> CaptureResult | None:
        """The camera's own name of it is not known, nor its time: what it says itself has to agree with a new still."""
        if exif is None:
            return None
        suffix = naming.extension(file.name)
        for record in self._capture_index.newest(NEWEST):
            kinds = {PurePosixPath(photo.path).suffix for photo in record.files}
            if kinds and suffix not in kinds and any(one_exposure(exif, photo.exif) for photo in record.files):
                return await self._capture_index.result(record.id)
        return None

    async def origin(
        self, file: StagedFile, of_capture: CaptureResult | None, *, from_card: bool, owner: str | None
    ) -> Origin:
        """Where a photo without a twin comes from.

        ``of_capture``: the camera process has named it; ``from_card``: it was asked for from the card; ``owner``: by
        comparing the whole card it is of this failed capture.

        Raises ``StorageError``.
        """
        if of_capture is not None and of_capture.files:
            # Of photos out of the RAM the driver cannot tell whether they are of one release.
            of_its_shot = self._root.staging.is_of_its_shot(file, of_capture.record.id) and not file.from_ram
            return Origin(release_of=of_capture) if of_its_shot else NOBODYS
        if of_capture is None and is_film(file.name):
            # No capture takes one.
            return NOBODYS
        taken_at = None if file.identity is None else file.identity.taken_at
        owed = () if self._shutter.serial is None else await self._cards.owed(self._shutter.serial)
        ahead = None if self._shutter.serial is None else await self._cards.ahead(self._shutter.serial)
        if of_capture is not None:
            # The camera process had it for this capture's, and could not fetch it then.
            one = next((one for one in owed if one.capture_id == of_capture.record.id), None)
            if one is None or fits(taken_at, one, ahead) is not False:
                return Origin(failed=of_capture)
        recent = [one for one in owed if one.age_seconds <= OWED_SECONDS]
        if not from_card:
            (owner,) = owners([taken_at], recent, ahead) if len(recent) == 1 and file.identity is not None else (None,)
        if owner is not None:
            return Origin(failed=await self._capture_index.result(owner))
        # A photo that was certainly taken at another time is not said to be perhaps of a capture.
        possible = [one for one in (owed if from_card else recent) if fits(taken_at, one, ahead) is not False]
        return Origin(perhaps=await self._capture_index.result(possible[0].capture_id)) if possible else NOBODYS


def _is_recent(still: CaptureResult) -> bool:
    return still.age_seconds is not None and still.age_seconds <= RECENT_SECONDS
