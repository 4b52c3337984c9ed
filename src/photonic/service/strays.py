"""Photos that no running capture waits for: of the body's own button, from the card, and late files of a still.

Each is compared with what was brought in already, put beside its twin where it has one, and otherwise into the photo
root under a record of its own. What the disk refuses stays staged, and is tried again until it takes it.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError, StorageError
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.recurring import Recurring
from photonic.service.identity import Likeness, likeness, twins
from photonic.service.journal import Consequences, Ending
from photonic.service.recovery import found_identity, left_before
from photonic.service.staged import Leftover, ProcessEnded, StagedFile, completed

if TYPE_CHECKING:
    from collections.abc import Callable

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
OWED_SECONDS = 120
"""How long after a capture's failure a photo that comes by itself may be the one that it took."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Expected:
    """A file that was asked for from the card, and the failed capture that it is of (``None``: of none known)."""

    capture_id: str | None


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
    ) -> None:
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
        self._refusals = Recurring()

    def take(self, event: Staged) -> None:
        """The camera process has staged a file that belongs to no running capture; never waits."""
        file = StagedFile.told(event, Path(event.path), self._shutter.serial)
        self._put(Leftover(file, event.capture_id))

    def process_ended(self) -> None:
        """The camera process is gone: what it has staged and not told of is taken up; never waits."""
        self._waiting.put_nowait(ProcessEnded(time.monotonic_ns()))

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
                match arrival:
                    case ProcessEnded(at_ns):
                        await self._gather(at_ns)
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

    async def _gather(self, ended_at_ns: int) -> None:
        try:
            left = await asyncio.to_thread(left_before, self._root, ended_at_ns)
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
                level = self._refusals.level(f"{file.path} {error}")
                log.log(level, "%s waits as %s (%s): next try in %.0f s", file.name, file.path, error, RETRY_SECONDS)
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
            log.log(self._refusals.level(str(error), logging.INFO), "nothing is brought in yet: %s", error)
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
        elif (still := await self._still(file, of_capture)) is not None:
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

    async def _still(self, file: StagedFile, of_capture: Ending | None) -> Ending | None:
        """The still that this is another file of; ``None`` when there is none."""
        if of_capture is not None and of_capture.files:
            return of_capture
        identity = file.identity or found_identity(file)
        for photo in await self._cards.akin(identity):
            if not twins(identity, photo.identity):
                continue
            found = await self._catalogue.ending(photo.capture_id)
            if found is None or not found.files:
                continue
            timed = None not in {identity.taken_at, photo.identity.taken_at}
            if timed or (found.age_seconds is not None and found.age_seconds <= RECENT_SECONDS):
                return found
        return None

    async def _add_to(self, still: Ending, file: StagedFile) -> None:
        stored = await asyncio.to_thread(self._root.bring_in_beside, file, still.files[0].path)
        warning = "; ".join(filter(None, (still.record.warning, f"{file.name} came later")))
        files = (*still.files, stored)
        record = completed(still.record.model_copy(update={"warning": warning}), files)
        ending = replace(still, record=record, files=files)
        await self._catalogue.extend(ending, stored, self._consequences(file, None))
        log.info("brought in %s of the camera as %s, a late file of capture %s", file.name, stored.path, record.id)

    async def _record_anew(self, file: StagedFile, of_capture: Ending | None) -> None:
        identity = file.identity
        expected = None if identity is None else self._expected.pop((identity.folder or "", identity.name), None)
        if of_capture is None:
            owed = expected.capture_id if expected is not None else await self._owed(identity)
            of_capture = None if owed is None else await self._catalogue.ending(owed)
        number = await self._next_number() if of_capture is None else of_capture.record.sequence_number
        record = self._record(file, of_capture, number, from_card=expected is not None)
        directory = DIRECTORY if of_capture is None else of_capture.directory
        stored = await asyncio.to_thread(self._root.bring_in, [file], directory / self._photo_name.of(record))
        settles = None
        if of_capture is not None:
            note = f"its photo was brought in later, as capture {record.id}"
            warning = "; ".join(filter(None, (of_capture.record.warning, note)))
            settles = of_capture.record.model_copy(update={"warning": warning})
        ending = Ending(completed(record, stored), tuple(stored), directory)
        await self._catalogue.add(ending, self._consequences(file, settles))
        log.info("brought in %s of the camera as %s", file.name, stored[0].path)

    async def _owed(self, identity: object) -> str | None:
        """The one capture that has failed just now, and may have taken a photo that comes by itself."""
        if identity is None or self._shutter.serial is None:
            return None
        owed = [
            one.capture_id for one in await self._cards.owed(self._shutter.serial) if one.age_seconds <= OWED_SECONDS
        ]
        return owed[0] if len(owed) == 1 else None

    def _consequences(self, file: StagedFile, settles: CaptureRecord | None) -> Consequences:
        return Consequences(
            sight=self._cards.present if file.identity is not None else None,
            delete=self._delete_copies,
            serial=self._shutter.serial,
            settles=settles,
        )

    async def _next_number(self) -> int:
        if self._last_number is None:
            self._last_number = await self._catalogue.last_number(self._session)
        self._last_number += 1
        return self._last_number

    def _record(self, file: StagedFile, of_capture: Ending | None, number: int, *, from_card: bool) -> CaptureRecord:
        now = datetime.now(UTC)
        taken_at = None if file.identity is None else file.identity.taken_at
        warning: str | None = None
        if of_capture is not None:
            where = "fetched from the camera's card" if from_card else "came later"
            warning = f"{where}: taken to be the photo of capture {of_capture.record.id}, which had failed"
        elif from_card:
            warning = "fetched from the camera's card: taken while the service did not hear of it"
        return CaptureRecord(
            id=uuid.uuid4().hex,
            camera_id=self._shutter.camera_id,
            kind=RECONCILED if from_card or of_capture is not None else BODY,
            phase=CapturePhase.SAVED,
            session_id=self._session if of_capture is None else of_capture.record.session_id,
            sequence_number=number,
            created_at=now,
            metadata=CaptureMetadata(
                timestamp=now if taken_at is None else datetime.fromtimestamp(taken_at, UTC), model=self._shutter.model
            ),
            warning=warning,
        )
