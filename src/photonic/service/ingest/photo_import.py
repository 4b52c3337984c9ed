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
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError, StorageError
from photonic.model.api import CaptureMetadata, CaptureRecord
from photonic.model.status import CapturePhase
from photonic.recurring import Recurring
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.ingest.attribution import NOBODYS, Belonging, Origin
from photonic.service.ingest.crash_recovery import left_before
from photonic.service.journal.captures import CaptureResult, CommitEffects
from photonic.service.photo import naming
from photonic.service.photo.identity import Likeness, likeness
from photonic.service.photo.staged import Leftover, ProcessEnded, StagedFile, completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.template import PhotoName
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Staged

BODY = "body"
RECONCILED = "reconciled"
DIRECTORY = PurePosixPath("photos")
JPEG = ".jpg"
RETRY_SECONDS = 30.0
"""After the disk has refused something, it is asked again."""

log = logging.getLogger(__name__)


class PhotoImporter:
    """Brings in what comes unasked, one file after the other. ``on_change`` is called after each.

    ``session``: of photos that nobody asked the service for, counted on from one run to the next.
    ``delete_copies``: the card's copies are to go, once the photos are on record.
    """

    def __init__(
        self,
        shutter: CaptureCamera,
        root: PhotoRoot,
        cards: CardJournal,
        capture_index: CaptureIndex,
        *,
        captures: CaptureService,
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
        self._capture_index = capture_index
        self._belonging = Belonging(shutter, root, cards, capture_index)
        self._captures = captures
        self._photo_name = photo_name
        self._on_change = on_change
        self._delete_copies = delete_copies
        self._session = session
        self._waiting: asyncio.Queue[Leftover | ProcessEnded] = asyncio.Queue()
        self._pending: set[Path] = set()
        self._refused: list[Leftover] = []
        self._expected: dict[tuple[str, str], str | None] = {}
        self._last_number: int | None = None
        self._refusals = Recurring()

    def take(self, event: Staged) -> None:
        """The camera process has staged a file that belongs to no running capture; never waits."""
        file = StagedFile.told(event, Path(event.path), self._shutter.serial)
        self._put(Leftover(file, event.capture_id))

    def take_other(self, still: Sequence[StagedFile], capture_id: str) -> None:
        """The staged files of a further still that this capture's release has taken; never waits."""
        first, *others = sorted(still, key=lambda file: naming.extension(file.name) != JPEG)
        self._put(Leftover(first, capture_id, tuple(others)))

    def process_ended(self) -> None:
        """The camera process is gone: what it has staged and not told of is taken up; never waits."""
        self._waiting.put_nowait(ProcessEnded(time.monotonic_ns()))

    def expect(self, wanted: CardObject, capture_id: str | None) -> None:
        """A file is about to be fetched from the card: of this failed capture, ``None``: of none that is known."""
        self._expected[wanted.folder, wanted.name] = capture_id

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
                for leftover in self._capture_index.leftovers:
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
            await self._bring_in(file, arrival.capture_id, arrival.twins)
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
            await self._capture_index.open()
        except PhotonicError as error:
            log.log(self._refusals.level(str(error), logging.INFO), "nothing is brought in yet: %s", error)
            return False
        return True

    async def _bring_in(self, file: StagedFile, capture_id: str | None, others: Sequence[StagedFile]) -> None:
        await self._capture_index.open()
        if capture_id is not None and (running := self._captures.job(capture_id)) is not None:
            await running.ended()
        if (why := await asyncio.to_thread(self._root.staging.fault, file)) is not None:
            aside = await asyncio.to_thread(self._root.staging.set_aside, file)
            log.warning("%s is no whole photo (%s): it is kept as %s", file.name, why, aside)
            return
        of_capture = None if capture_id is None else await self._capture_index.result(capture_id)
        if await self._is_known(file, of_capture):
            log.info("%s of the camera is in the index already", file.name)
        elif (still := await self._belonging.still(file)) is not None:
            await self._add_to(still, file)
        else:
            whole = [one for one in others if await asyncio.to_thread(self._root.staging.is_whole, one)]
            await self._record_anew([file, *whole], of_capture)
            for one in whole:
                await asyncio.to_thread(self._root.staging.drop, one)
            others = [one for one in others if one not in whole]
        await asyncio.to_thread(self._root.staging.drop, file)
        for one in others:
            self._put(Leftover(one, capture_id))

    async def _is_known(self, file: StagedFile, of_capture: CaptureResult | None) -> bool:
        """Whether the photo was brought in before: by what the camera says of it, and in doubt by its content."""
        digest: str | None = None
        if of_capture is not None and of_capture.files:
            digest = await asyncio.to_thread(self._root.staging.sha256, file)
            if digest in {stored.sha256 for stored in of_capture.files}:
                return True
        if file.identity is None:
            return False
        for photo in await self._cards.akin(file.identity):
            like = likeness(file.identity, photo.identity)
            if like is Likeness.SAME:
                return True
            if like is Likeness.DOUBTFUL:
                digest = digest or await asyncio.to_thread(self._root.staging.sha256, file)
                if digest == photo.sha256:
                    present = self._cards.present
                    await self._cards.complete(photo, file.identity, present, delete=self._delete_copies)
                    return True
        return False

    async def _add_to(self, still: CaptureResult, file: StagedFile) -> None:
        stored = await asyncio.to_thread(self._root.bring_in_beside, file, still.files[0].path)
        release = still.record.release_of
        of_its_shot = release is not None and self._root.staging.is_of_its_shot(file, release)
        late = None if of_its_shot else f"{file.name} came later"
        warning = "; ".join(filter(None, (still.record.warning, late))) or None
        files = (*still.files, stored)
        record = completed(still.record.model_copy(update={"warning": warning}), files)
        ending = replace(still, record=record, files=files)
        await self._capture_index.extend(ending, stored, self._consequences(file))
        log.info("brought in %s of the camera as %s, a late file of capture %s", file.name, stored.path, record.id)

    async def _record_anew(self, files: Sequence[StagedFile], of_capture: CaptureResult | None) -> None:
        """Give a still its own record: the first of ``files`` says what it is."""
        file, identity = files[0], files[0].identity
        place = ("", "") if identity is None else (identity.folder or "", identity.name)
        owner = self._expected.get(place)
        from_card = place in self._expected
        origin = await self._belonging.origin(file, of_capture, from_card=from_card, owner=owner)
        self._expected.pop(place, None)
        capture = origin.capture
        number = await self._next_number() if capture is None else capture.record.sequence_number
        record = self._record(file, origin, number, from_card=from_card)
        directory = DIRECTORY if capture is None else capture.directory
        name = self._photo_name.of(record, kind=None if capture is None else capture.record.kind)
        stored = await asyncio.to_thread(self._root.bring_in, files, directory / name)
        ending = CaptureResult(completed(record, stored), tuple(stored), directory)
        await self._capture_index.add(ending, self._consequences(file, origin, record.id))
        log.info("brought in %s of the camera as %s", file.name, stored[0].path)

    def _consequences(self, file: StagedFile, origin: Origin = NOBODYS, record_id: str = "") -> CommitEffects:
        return CommitEffects(
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
            self._last_number = await self._capture_index.last_number(self._session)
        self._last_number += 1
        return self._last_number

    def _record(self, file: StagedFile, origin: Origin, number: int, *, from_card: bool) -> CaptureRecord:
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
            warning=origin.why(from_card=from_card),
        )


def _noted(ending: CaptureResult | None, note: str) -> CaptureRecord | None:
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
