"""Determines the still or capture to which a staged photo belongs, from the photo itself and the camera's clock.

Theory of operation. A photo is added to a guest's session only on evidence, because a photo of one guest must never be
shown to another. There are three kinds of evidence: the photo is the twin of a file of that still (same stem, time and
storage; for a photo from the camera's RAM, matching EXIF data); or the driver staged it in the directory for the photos
of that release, and no earlier capture that still expects its photo can have taken it; or, by the camera's clock, it is
the only photo taken while that capture ran, on the card and in the index. What a camera with a card reports in a later
session than the capture's was taken since; the capture's own photo is on the card then, with which nothing has been
compared. A failed capture that has its photo gets no other one, whatever names it. Any other photo is attributed to no
capture, and its record names the capture to which it may belong.

This module keeps no state: it answers each question from the journal, the index and the file, so that the answer is the
same after a crash.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from photonic.model.film import is_film
from photonic.service.ingest.expected_photo import (
    EXPECTED_SECONDS,
    fits,
    is_of_another,
    is_proven,
    latest_moment,
    owners,
)
from photonic.service.photo import naming
from photonic.service.photo.identity import twins
from photonic.service.photo.staged import exif_of, exif_seconds, one_exposure

if TYPE_CHECKING:
    from collections.abc import Collection

    from photonic.model.exif import ExifFacts
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.journal.card_rows import ExpectedPhoto
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StagedFile

RECENT_SECONDS = 600
"""Without times from the camera, two files with one stem belong to one still if they arrived within this time."""
SEARCHED = 1000
"""How many recent captures to search for the twin of a photo from the camera's RAM: a file that an earlier run left
may have waited for hours, while the disk failed or the service was killed again and again."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a photo without a twin comes from; at most one field is set.

    Args:
        release_of: The capture whose shutter release took this photo in addition to the capture's own.
        failed: The failed capture that took it.
        perhaps: A failed capture that may have taken it.
    """

    release_of: CaptureResult | None = None
    failed: CaptureResult | None = None
    perhaps: CaptureResult | None = None

    @property
    def capture(self) -> CaptureResult | None:
        """The capture to which it is attributed."""
        return self.release_of or self.failed

    def warning(self, *, from_card: bool) -> str | None:
        """Return the warning in the photo's record about its origin; ``from_card``: it was fetched from the card."""
        if self.release_of is not None:
            return f"taken with the same release as capture {self.release_of.record.id}"
        where = "fetched from the camera's card" if from_card else "arrived late"
        if self.failed is not None:
            return f"{where}: attributed to capture {self.failed.record.id}, which had failed"
        if self.perhaps is not None:
            return (
                f"{where}: it may be the photo of capture {self.perhaps.record.id}, which had failed; "
                "the camera's clock does not prove it, so it was not added to a guest's session"
            )
        return "fetched from the camera's card: the service was not notified when it was taken" if from_card else None


UNATTRIBUTED = Origin()


class Attribution:
    """Finds the still or capture of a photo from the journal of the cards, the index and the photo itself."""

    def __init__(self, camera: CaptureCamera, root: PhotoRoot, cards: CardJournal, capture_index: CaptureIndex) -> None:
        self._camera = camera
        self._root = root
        self._cards = cards
        self._capture_index = capture_index

    async def still(self, file: StagedFile) -> CaptureResult | None:
        """Return the still to which this file belongs, or ``None``. Raises ``StorageError``."""
        exif = await asyncio.to_thread(self._root.staging.exif, file)
        identity = file.identity
        if identity is None or file.from_ram:  # after a crash, it has the name that the library made up
            return await self._still_from_ram(file, exif)
        for photo in await self._cards.with_same_stem(identity):
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
        """Find a recent still with matching EXIF data, as the camera's name and time for the file are unknown.

        One that was deleted meanwhile, too: the files of a still stay together.
        """
        if exif is None or exif.taken_at is None:
            return None
        suffix = naming.extension(file.name)
        for found in await self._capture_index.lists.taken_near(exif.taken_at, SEARCHED):
            kinds = {photo.path.suffix for photo in found.files}
            if suffix not in kinds and any(one_exposure(exif, photo.exif) for photo in found.files):
                return found
        return None

    async def is_of_another(self, file: StagedFile, exposed_at: float, *, unless_proven: bool) -> bool:
        """Return whether the photo that a capture was given is the late one of a failed capture.

        ``exposed_at``: unix seconds of the start of this capture's exposure. ``unless_proven``: if in doubt, it is.
        Raises ``StorageError``.
        """
        if self._camera.serial is None:
            return False
        taken_at, ahead = await self._taken(file)
        if not (expecting := await self._expecting(file, taken_at, ahead)):
            return False
        if unless_proven:
            return not is_proven(taken_at, exposed_at, expecting, ahead)
        exif = await asyncio.to_thread(self._root.staging.exif, file)
        latest = latest_moment(exif, await self._cards.least_ahead_by_exif(self._camera.serial))
        return is_of_another(taken_at, exposed_at, expecting, ahead, latest)

    async def origin(
        self,
        file: StagedFile,
        named: CaptureResult | None,
        *,
        from_card: bool,
        owner: str | None,
        has_photo: Collection[str] = (),
        arrived_at: int | None = None,
    ) -> Origin:
        """Return the origin of a photo without a twin. Raises ``StorageError``.

        Args:
            file: The photo's first file.
            named: The capture that the camera process named; ``None``: it named none, or one that is not on record.
            from_card: Whether the photo was fetched from the card.
            owner: The failed capture to which the comparison of the whole card attributes it; ``None``: none.
            has_photo: The failed captures whose photo is another one, which is staged and still has to be imported.
            arrived_at: The service's running time in seconds when the photo arrived; ``None``: it arrives now.
        """
        is_earlier = True
        if named is not None and named.files:
            is_earlier = await self._is_earlier_than(named, file)
            # The driver cannot know whether photos from the RAM belong to one release.
            same_release = self._root.staging.is_of_its_shot(file, named.record.id) and not file.from_ram
            if same_release and not is_earlier:
                return Origin(release_of=named)
            named = None
        if named is None and is_film(file.name):
            # A capture never records a film.
            return UNATTRIBUTED
        # What an earlier run left can be imported before the camera is open.
        taken_at, ahead = await self._taken(file)
        expecting = await self._expecting(file, taken_at, ahead)
        if named is not None and named.resolved_by is not None:
            return Origin(perhaps=named)
        if named is not None and (
            named.record.id not in has_photo or self._root.staging.is_of_its_shot(file, named.record.id)
        ):
            # The camera process assigned it to this capture but could not fetch it at the time, or doubted it.
            one = next((one for one in expecting if one.capture_id == named.record.id), None)
            fit = True if one is None else fits(taken_at, one, ahead)
            rivals = [other for other in expecting if other is not one and fits(taken_at, other, ahead) is not False]
            if fit is True and not file.from_ram:
                # It came while this capture ran, or after it: no later one has taken it, but an earlier one may have.
                rivals = [other for other in rivals if _is_earlier(other, one) and other.capture_id not in has_photo]
            if fit is not False and not rivals:
                return Origin(failed=named)
        expecting = [one for one in expecting if one.capture_id not in has_photo]
        now = self._cards.running_seconds
        waited = 0 if arrived_at is None or now is None else now - arrived_at
        recent = [one for one in expecting if one.age_seconds - waited <= EXPECTED_SECONDS]
        if not from_card:
            (owner,) = owners([taken_at], recent, ahead)
        # One that came with a capture, which has another photo, is a failed one's only if it certainly came too late.
        taker = next((one for one in expecting if one.capture_id == owner and is_earlier), None)
        reported = arrived_at is not None and not from_card and not file.from_ram
        if taker is not None and reported and not self._ran_in_this_session(taker):
            # Its own photo is among those that the card's scan finds; what is reported now was taken since.
            taker = None
        if taker is not None and not await self._is_contested(taker, file, taken_at, ahead):
            return Origin(failed=await self._capture_index.result(taker.capture_id))
        # A photo that was certainly taken at another time is not linked to a capture at all.
        possible = [one for one in (expecting if from_card else recent) if fits(taken_at, one, ahead) is not False]
        return Origin(perhaps=await self._capture_index.result(possible[0].capture_id)) if possible else UNATTRIBUTED

    async def _is_earlier_than(self, named: CaptureResult, file: StagedFile) -> bool:
        """Whether a photo that came with a saved capture is certainly the late one of a failed capture.

        A start may find it in that capture's directory, if it could not be imported before. Raises ``StorageError``.
        """
        exposed_at = (named.record.metadata.timestamp if named.record.metadata else named.record.created_at).timestamp()
        return await self.is_of_another(file, exposed_at, unless_proven=False)

    async def _expecting(
        self, file: StagedFile, taken_at: float | None, ahead: float | None
    ) -> tuple[ExpectedPhoto, ...]:
        """The captures that may expect this photo. Raises ``StorageError``.

        One that began before the camera was opened cannot have taken a photo into its RAM afterwards. On a card, the
        camera's times are too coarse to tell.
        """
        expecting, opened_at = await self._cards.expected(self._camera.serial), self._camera.opened_at
        if file.identity is None or file.identity.taken_at is None:
            # By the time in the file, which cannot be compared with those on the card.
            expecting = tuple(replace(one, after=None, rivals=()) for one in expecting)
        if file.identity is not None or taken_at is None or ahead is None or opened_at is None:
            return expecting
        return tuple(one for one in expecting if one.began >= opened_at or taken_at - ahead < opened_at)

    def _ran_in_this_session(self, capture: ExpectedPhoto) -> bool:
        """Whether a capture was exposed since the camera was opened."""
        return self._camera.opened_at is not None and capture.began >= self._camera.opened_at

    async def _taken(self, file: StagedFile) -> tuple[float | None, float | None]:
        """When a photo was taken, in seconds on the camera's clock, and by how many seconds that clock is ahead.

        By the time in the file if the camera's own is unknown. The two are not comparable: the library may have
        converted one of them. ``None``: unknown. Raises ``StorageError``.
        """
        serial = self._camera.serial
        if file.identity is not None and file.identity.taken_at is not None:
            return file.identity.taken_at, None if serial is None else await self._cards.ahead(serial)
        exif = await asyncio.to_thread(self._root.staging.exif, file)
        return exif_seconds(exif), None if serial is None else await self._cards.ahead_by_exif(serial)

    async def _is_contested(
        self, capture: ExpectedPhoto, file: StagedFile, taken_at: float | None, ahead: float | None
    ) -> bool:
        """Return whether what is on record makes it uncertain that a photo, which fits a capture, is this capture's.

        A photo that was attributed to no capture may be its own; and a capture that was given another photo may have
        taken this one. ``taken_at`` and ``ahead``: as ``_taken`` returns them for this photo, ``file``.
        """
        if (serial := self._camera.serial) is None:
            return False
        by_exif = file.identity is None or file.identity.taken_at is None
        if any(fits(taken_at, other, ahead) for other in await self._cards.resolved(serial)):
            return True
        times = await self._cards.unattributed(serial, capture.capture_id, by_exif=by_exif)
        return any(at is None or fits(at, capture, ahead) for at in times)


def _is_earlier(one: ExpectedPhoto, other: ExpectedPhoto | None) -> bool:
    """Whether a capture began before another one; also if it is unknown when that one did."""
    return other is None or one.began < other.began


def _is_recent(still: CaptureResult) -> bool:
    return still.age_seconds is not None and still.age_seconds <= RECENT_SECONDS
