"""Photos that no running capture waits for: of the body's own button, from the card, and late files of a still.

Each is compared with what was brought in already, put beside its twin where it has one, and otherwise into the photo
root under a record of its own. That the camera process names a capture is a hint, and is compared: what is no twin of
the capture's still, and not of its release, is nobody's. What the disk refuses stays staged, and is tried again until
it takes it.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError, StorageError
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service import names
from photonic.service.expected_photo import fits, owners
from photonic.service.identity import Likeness, likeness, twins
from photonic.service.journal import Consequences, Ending
from photonic.service.recovery import left_before
from photonic.service.staged import Leftover, ProcessEnded, StagedFile, completed, exif_of, one_exposure
from photonic.service.unexpected import Unexpected, Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.model.exif import ExifFacts
    from photonic.service.captures import Captures
    from photonic.service.card_journal import CardJournal
    from photonic.service.catalogue import Catalogue
    from photonic.service.photo_name import PhotoName
    from photonic.service.shutter import Shutter
    from photonic.service.storage import PhotoRoot
    from photonic.worker.card_messages import CardObject
    from photonic.worker.messages import Staged

BODY = "body"
RECONCILED = "reconciled"
DIRECTORY = PurePosixPath("photos")
RECENT_SECONDS = 600
"""Without the camera's times, two files of one stem are of one still when they came within this time."""
RETRY_SECONDS = 30.0
"""After the disk has refused something, it is asked again."""
NEWEST = 20
"""How many captures back the twin of a photo out of the camera's RAM is looked for."""
OWED_SECONDS = 120
"""How long after a capture's failure a photo that comes by itself may be the one that it took."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Expected:
    """A file that was asked for from the card, and the failed capture that it is of (``None``: of none known)."""

    capture_id: str | None


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a photo that is no twin of another comes from.

    ``release_of``: the capture whose release has taken it, too; ``failed``: the one that failed and has taken it;
    ``perhaps``: a failed one that may have taken it, which cannot be told.
    """

    release_of: Ending | None = None
    failed: Ending | None = None
    perhaps: Ending | None = None

    @property
    def capture(self) -> Ending | None:
        """The capture into whose session it belongs."""
        return self.release_of or self.failed


class Strays:
    """Brings in what comes unasked, one file after the other. ``on_change`` is called after each.

    ``session``: of photos that nobody asked the service for, counted on from one run to the next.
    ``delete_copies``: the card's copies are to go, once the photos are on record.
    """

    def __init__(
        self,
        shutter: Shutter,
        root: PhotoRoot,
        cards: CardJournal,
        catalogue: Catalogue,
        *,
        captures: Captures,
        photo_name: PhotoName,
        session: str,
        on_change: Callable[[], object],
        delete_copies: bool = False,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._shutter = shutter
        self._root = root
        self._cards = cards
        self._catalogue = catalogue
        self._captures = captures
        self._photo_name = photo_name
        self._on_change = on_change
        self._delete_copies = delete_copies
        self._session = session
        self._waiting: asyncio.Queue[Leftover | ProcessEnded] = asyncio.Queue()
        self._pending: set[Path] = set()
        self._refused: list[Leftover] = []
        self._expected: dict[tuple[str, str], _Expected] = {}
        self._last_number: int | None = None

    def take(self, event: Staged) -> None:
        """The camera process has staged a file that belongs to no running capture; never waits."""
        file = StagedFile.told(event, Path(event.path), self._shutter.serial)
        self._put(Leftover(file, event.capture_id))

    def take_other(self, file: StagedFile, capture_id: str) -> None:
        """A staged file of a further still that this capture's release has taken; never waits."""
        self._put(Leftover(file, capture_id))

    def process_ended(self) -> None:
        """The camera process is gone: what it has staged and not told of is taken up; never waits."""
        self._waiting.put_nowait(ProcessEnded(time.time()))

    def expect(self, wanted: CardObject, capture_id: str | None) -> None:
        """A file is about to be fetched from the card: of this failed capture, ``None``: of none that is known."""
        self._expected[wanted.folder, wanted.name] = _Expected(capture_id)

    def expect_none(self) -> None:
        """Nothing more comes of what was asked for."""
        self._expected.clear()

    async def settled(self) -> None:
        """Wait until everything that has come is brought in, or refused."""
        await self._waiting.join()

    async def run(self) -> None:
        """Bring in what an earlier run left and what comes, until cancelled."""
        taken_up = False
        while True:
            if not taken_up and (taken_up := await self._open()):
                for leftover in self._catalogue.leftovers:
                    self._put(leftover)
            try:
                async with asyncio.timeout(RETRY_SECONDS if self._refused or not taken_up else None):
                    arrival = await self._waiting.get()
            except TimeoutError:
                self._ask_again()
                continue
            try:
                # One that fails stays staged for the next start, and is in nobody's way.
                with self._unexpected.survived(Where.UNASKED_PHOTOS):
                    match arrival:
                        case ProcessEnded(at):
                            await self._gather(at)
                        case Leftover():
                            await self._take_in(arrival)
            finally:
                self._waiting.task_done()
            self._on_change()

    def _put(self, leftover: Leftover) -> None:
        if leftover.file.path not in self._pending:
            self._pending.add(leftover.file.path)
            self._waiting.put_nowait(leftover)

    def _ask_again(self) -> None:
        refused, self._refused = self._refused, []
        for leftover in refused:
            self._waiting.put_nowait(leftover)

    async def _gather(self, ended_at: float) -> None:
        try:
            left = await asyncio.to_thread(left_before, self._root, ended_at)
        except OSError as error:
            log.warning("what the camera process has left is looked for at the next start: %s", error)
            return
        for leftover in left:
            self._put(leftover)

    async def _take_in(self, arrival: Leftover) -> None:
        file = arrival.file
        try:
            await self._bring_in(file, arrival.capture_id)
        except StorageError as error:
            if await asyncio.to_thread(file.path.exists):
                log.warning("%s waits as %s (%s): next try in %.0f s", file.name, file.path, error, RETRY_SECONDS)
                self._refused.append(arrival)
                return
            log.warning("%s is gone from %s: %s", file.name, file.path, error)
        except PhotonicError as error:
            log.warning("%s could not be brought in, and stays as %s: %s", file.name, file.path, error)
        else:
            self._ask_again()
        self._pending.discard(file.path)

    async def _open(self) -> bool:
        try:
            await self._catalogue.open()
        except PhotonicError as error:
            log.info("nothing is brought in yet: %s", error)
            return False
        return True

    async def _bring_in(self, file: StagedFile, capture_id: str | None) -> None:
        await self._catalogue.open()
        if capture_id is not None and (running := self._captures.ticket(capture_id)) is not None:
            await running.ended()
        if (why := await asyncio.to_thread(self._root.fault, file)) is not None:
            aside = await asyncio.to_thread(self._root.set_aside, file)
            log.warning("%s is no whole photo (%s): it is kept as %s", file.name, why, aside)
            return
        of_capture = None if capture_id is None else await self._catalogue.ending(capture_id)
        if await self._is_known(file, of_capture):
            log.info("%s of the camera is in the index already", file.name)
        elif (still := await self._still(file)) is not None:
            await self._add_to(still, file)
        else:
            await self._record_anew(file, of_capture)
        await asyncio.to_thread(self._root.drop, file)

    async def _is_known(self, file: StagedFile, of_capture: Ending | None) -> bool:
        """Whether the photo was brought in before: by what the camera says of it, and in doubt by its content."""
        digest: str | None = None
        if of_capture is not None and of_capture.files:
            digest = await asyncio.to_thread(self._root.sha256, file)
            if digest in {stored.sha256 for stored in of_capture.files}:
                return True
        if file.identity is None:
            return False
        for photo in await self._cards.akin(file.identity):
            like = likeness(file.identity, photo.identity)
            if like is Likeness.SAME:
                return True
            if like is Likeness.DOUBTFUL:
                digest = digest or await asyncio.to_thread(self._root.sha256, file)
                if digest == photo.sha256:
                    present = self._cards.present
                    await self._cards.complete(photo, file.identity, present, delete=self._delete_copies)
                    return True
        return False

    async def _still(self, file: StagedFile) -> Ending | None:
        """The still that this is another file of, by what both are; ``None`` when there is none."""
        exif = await asyncio.to_thread(self._root.exif, file)
        identity = file.identity
        if identity is None:
            return await self._still_from_ram(file, exif)
        for photo in await self._cards.akin(identity):
            if not twins(identity, photo.identity):
                continue
            found = await self._catalogue.ending(photo.capture_id)
            if found is None or not found.files:
                continue
            if None not in {identity.taken_at, photo.identity.taken_at}:
                return found
            same = one_exposure(exif, exif_of(found.files))
            if same or (same is None and _age_seconds(found.record) <= RECENT_SECONDS):
                return found
        return None

    async def _still_from_ram(self, file: StagedFile, exif: ExifFacts | None) -> Ending | None:
        """The camera's own name of it is not known, nor its time: what it says itself has to agree with a new still."""
        if exif is None:
            return None
        suffix = names.extension(file.name)
        for record in self._catalogue.newest(NEWEST):
            kinds = {PurePosixPath(photo.path).suffix for photo in record.files}
            if kinds and suffix not in kinds and any(one_exposure(exif, photo.exif) for photo in record.files):
                return await self._catalogue.ending(record.id)
        return None

    async def _add_to(self, still: Ending, file: StagedFile) -> None:
        stored = await asyncio.to_thread(self._root.bring_in_beside, file, still.files[0].path)
        warning = "; ".join(filter(None, (still.record.warning, f"{file.name} came later")))
        files = (*still.files, stored)
        record = completed(still.record.model_copy(update={"warning": warning}), files)
        ending = Ending(record, files, still.directory)
        await self._catalogue.extend(ending, stored, self._consequences(file))
        log.info("brought in %s of the camera as %s, a late file of capture %s", file.name, stored.path, record.id)

    async def _record_anew(self, file: StagedFile, of_capture: Ending | None) -> None:
        identity = file.identity
        expected = None if identity is None else self._expected.pop((identity.folder or "", identity.name), None)
        origin = await self._origin(file, of_capture, expected)
        capture = origin.capture
        number = await self._next_number() if capture is None else capture.record.sequence_number
        record = self._record(file, origin, number, from_card=expected is not None)
        directory = DIRECTORY if capture is None else capture.directory
        stored = await asyncio.to_thread(self._root.bring_in, [file], directory / self._photo_name.of(record))
        ending = Ending(completed(record, stored), tuple(stored), directory)
        await self._catalogue.add(ending, self._consequences(file, origin, record.id))
        log.info("brought in %s of the camera as %s", file.name, stored[0].path)

    async def _origin(self, file: StagedFile, of_capture: Ending | None, expected: _Expected | None) -> _Origin:
        if of_capture is not None and of_capture.files:
            # Of photos out of the RAM the driver cannot tell whether they are of one release.
            of_its_shot = self._root.is_of_its_shot(file, of_capture.record.id) and not file.from_ram
            return _Origin(release_of=of_capture) if of_its_shot else _Origin()
        taken_at = None if file.identity is None else file.identity.taken_at
        owed = () if self._shutter.serial is None else await self._cards.owed(self._shutter.serial)
        ahead = None if self._shutter.serial is None else await self._cards.ahead(self._shutter.serial)
        if of_capture is not None:
            # The camera process had it for this capture's, and could not fetch it then.
            one = next((one for one in owed if one.capture_id == of_capture.record.id), None)
            if one is None or fits(taken_at, one, ahead) is not False:
                return _Origin(failed=of_capture)
        recent = [one for one in owed if time.time() - one.since <= OWED_SECONDS]
        if expected is not None:
            owner = expected.capture_id
        else:
            (owner,) = owners([taken_at], recent, ahead) if len(recent) == 1 and file.identity is not None else (None,)
        if owner is not None:
            return _Origin(failed=await self._catalogue.ending(owner))
        # A photo that was certainly taken at another time is not said to be perhaps of a capture.
        possible = [
            one for one in (owed if expected is not None else recent) if fits(taken_at, one, ahead) is not False
        ]
        return _Origin(perhaps=await self._catalogue.ending(possible[0].capture_id)) if possible else _Origin()

    def _consequences(self, file: StagedFile, origin: _Origin = _Origin(), record_id: str = "") -> Consequences:
        return Consequences(
            sight=self._cards.present if file.identity is not None else None,
            delete=self._delete_copies,
            serial=self._shutter.serial,
            settles=_noted(origin.failed, f"its photo was brought in later, as capture {record_id}"),
            noted=_noted(
                origin.perhaps,
                f"a photo that may be its own was brought in later, as capture {record_id} in session {self._session}",
            ),
        )

    async def _next_number(self) -> int:
        if self._last_number is None:
            self._last_number = await self._catalogue.last_number(self._session)
        self._last_number += 1
        return self._last_number

    def _record(self, file: StagedFile, origin: _Origin, number: int, *, from_card: bool) -> CaptureRecord:
        now = datetime.now(UTC)
        taken_at = None if file.identity is None else file.identity.taken_at
        capture = origin.capture
        kind = RECONCILED if from_card or origin.failed is not None else BODY
        return CaptureRecord(
            id=uuid.uuid4().hex,
            camera_id=self._shutter.camera_id,
            kind=kind if origin.release_of is None else origin.release_of.record.kind,
            phase=CapturePhase.SAVED,
            session_id=self._session if capture is None else capture.record.session_id,
            sequence_number=number,
            release_of=None if origin.release_of is None else origin.release_of.record.id,
            created_at=now,
            metadata=CaptureMetadata(
                timestamp=now if taken_at is None else _moment(taken_at) or now, model=self._shutter.model
            ),
            warning=_why_here(origin, from_card=from_card),
        )


def _why_here(origin: _Origin, *, from_card: bool) -> str | None:
    if origin.release_of is not None:
        return f"taken with the release of capture {origin.release_of.record.id}"
    where = "fetched from the camera's card" if from_card else "came later"
    if origin.failed is not None:
        return f"{where}: taken to be the photo of capture {origin.failed.record.id}, which had failed"
    if origin.perhaps is not None:
        return (
            f"{where}: it may be the photo of capture {origin.perhaps.record.id}, which had failed; the camera's clock "
            "does not tell, so it is in nobody's session"
        )
    return "fetched from the camera's card: taken while the service did not hear of it" if from_card else None


def _noted(ending: Ending | None, note: str) -> CaptureRecord | None:
    """The capture's record with one word more; ``None``: there is no such capture."""
    if ending is None:
        return None
    return ending.record.model_copy(update={"warning": "; ".join(filter(None, (ending.record.warning, note)))})


def _moment(seconds: int) -> datetime | None:
    """By the camera's clock; ``None`` for a time that is in no calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _age_seconds(record: CaptureRecord) -> float:
    return (datetime.now(UTC) - record.created_at).total_seconds()
