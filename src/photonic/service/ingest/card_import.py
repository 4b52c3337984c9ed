"""The import from the card: fetches photos that are on the card but not in the index, while the camera is idle.

Theory of operation. One task, ``run``, does all the work; events from the camera only set flags and wake it. It works
only while no capture is queued or in execution, and fetches one file at a time (a large one in parts), so that a
capture waits only briefly. Before each step it checks that the camera session is still the one for which it planned.

A scan has three steps: list the card, compare it with what is known (``card_plan``), fetch what is missing. All staged
files are imported before the comparison, so that they count as known. libgphoto2 lists a card only once per session:
later objects are announced one by one (``left_on_card``). After a change of cards, or if the number of shots does not
match the number of reported photos, the camera has to be reopened. A failed scan is repeated: after the next opening if
the camera failed, after ``RETRY_SECONDS`` if the disk failed, and up to ``TRIES`` times if photos did not arrive. A
camera whose photos go to its memory is not scanned: nothing continues a part that an earlier session has left.

A different card may have the same name: see ``card_plan``. A capture stops expecting its photo when a complete scan has
not found it, and no photo that has arrived waits for the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from photonic.errors import CameraError, StorageError
from photonic.model.film import is_film
from photonic.recurring import Recurring
from photonic.service.ingest.card_plan import StillOnCard, identity_of, plan
from photonic.service.ingest.downloads import Downloads
from photonic.service.ingest.expected_photo import EXPECTED_SECONDS
from photonic.service.ingest.photo_import import RETRY_SECONDS
from photonic.service.photo.identity import Likeness, likeness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.ingest.camera import CardCamera
    from photonic.service.ingest.photo_import import PhotoImporter
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import CameraOpened

TRIES = 3
"""How often a card is scanned per opening of the camera if photos did not arrive."""
MOST_LATE = 1000
"""Large files that arrived after the card was listed and are remembered; the next scan finds the others."""

REOPEN_SECONDS = 30.0
"""Reopening the camera pauses live view: for a count of shots that never adds up, this is the shortest period."""

log = logging.getLogger(__name__)


class CardImporter:
    """Imports photos that are on the card but not in the index.

    ``downloads`` fetches the files. ``films_left`` counts the films that stay on the card.

    Args:
        camera: Gives access to the card.
        root: Where photos are staged and stored.
        cards: What is known about the cards.
        capture_index: Opened before a scan, so that the captures of an earlier run are recorded.
        captures: Tells when the camera is idle.
        photo_importer: Imports the fetched files.
        staging: Where the camera process stages files.
        time: The service's clocks.
        on_change: Called when ``films_left`` or the state of a download changes.
        films: Whether to fetch films too; otherwise they stay on the card.
    """

    def __init__(
        self,
        camera: CardCamera,
        root: PhotoRoot,
        cards: CardJournal,
        capture_index: CaptureIndex,
        *,
        captures: CaptureService,
        photo_importer: PhotoImporter,
        staging: Path,
        time: Timekeeping,
        on_change: Callable[[], object] = lambda: None,
        films: bool = False,
    ) -> None:
        self._camera = camera
        self._films = films
        self._late: deque[CardObject] = deque(maxlen=MOST_LATE)
        self._scan_due = False
        self._films_left = 0
        self._on_change = on_change
        self.downloads = Downloads(camera, root, captures, staging=staging, time=time, on_change=on_change)
        self._root = root
        self._cards = cards
        self._capture_index = capture_index
        self._captures = captures
        self._photo_importer = photo_importer
        self._clock = time.monotonic
        self._wanted = asyncio.Event()
        self._opened: CameraOpened | None = None
        self._reopen_for: str | None = None
        self._card_out = False
        self._reopen_at = self._clock()
        self._tries = TRIES
        self._wait_seconds: float | None = None

    # Handlers for events from the camera process; none of them blocks.

    def opened(self, opened: CameraOpened) -> None:
        """The camera was opened: scan its card."""
        self._opened = opened
        self._reopen_for = None
        self._card_out = False
        self._tries = TRIES
        # The new session lists the objects that arrived in the previous one.
        self._late.clear()
        self._request_scan()
        if opened.capture_target == "ram":
            log.warning(
                "photos go to the camera's memory: photos not fetched yet are lost if the camera process ends; "
                "to prevent this, insert a card and set capture_target = card"
            )

    def unaccounted(self, shots: int) -> None:
        """The camera took ``shots`` more photos than it reported; only a new session lists them."""
        if self._opened is not None and self._opened.capture_target == "card":
            self._reopen_for = f"the camera took {shots} photos without reporting them: reopening it to find them"
            self._request_scan()

    def left_on_card(self, found: CardObject) -> None:
        """A new object was left on the card because it is large or a film."""
        size = round((found.size_bytes or 0) / 1e6)
        if is_film(found.name) and not self._films:
            self._films_left += 1
            log.info("film %s (%d MB) stays on the card; fetch_films = true would fetch it", found.name, size)
            self._on_change()
            return
        log.info("%s (%d MB) will be fetched from the card when the camera is idle", found.name, size)
        self._late.append(found)
        self._wanted.set()

    def fetch_again(self, wanted: CardObject) -> bool:
        """Fetch an object of this session's card again: what arrived, or what is stored, is damaged.

        Returns whether it will be fetched: the camera is open. A later session finds a photo that is not in the index.
        """
        if self._opened is None or self._opened.capture_target != "card":
            return False
        log.info("%s will be fetched from the card again when the camera is idle", wanted.name)
        if wanted not in self._late:
            self._late.append(wanted)
        self._wanted.set()
        return True

    @property
    def films_left(self) -> int:
        """The number of films that were recorded after the first scan of the card and stay on it."""
        return self._films_left

    def _request_scan(self) -> None:
        self._scan_due = True
        self._wanted.set()

    async def run(self) -> None:
        """Scan the card and fetch files from it whenever this is due, until cancelled."""
        refusals = Recurring(self._clock)
        while True:
            try:
                async with asyncio.timeout(self._wait_seconds):
                    await self._wanted.wait()
            except TimeoutError:
                self._scan_due = True
            self._wanted.clear()
            self._wait_seconds = None
            try:
                await self._captures.idle()
                await self._fetch_late()
                if self._scan_due:
                    self._scan_due = False
                    await self._scan()
            except CameraError as error:
                log.info("the card scan was interrupted (%s) and restarts when the camera is open again", error.reason)
            except StorageError as error:
                self._scan_due = True
                level = refusals.level(error.reason)
                log.log(level, "photos stay on the card for now (%s): next try in %.0f s", error.reason, RETRY_SECONDS)
                self._wait_seconds = RETRY_SECONDS

    async def _fetch_late(self) -> None:
        """Fetch objects that arrived after the card was listed; libgphoto2 does not list them in this session."""
        opened = self._opened
        while self._late and opened is not None and self._opened is opened:
            await self._capture_index.open_complete()
            await self._download(opened, self._late[0])
            if self._late and self._opened is opened:
                self._late.popleft()

    async def _download(self, opened: CameraOpened, wanted: CardObject) -> bool:
        return await self.downloads.fetch(wanted, lambda: self._opened is opened)

    async def _scan(self) -> None:
        if self._reopen_for is not None:
            self._reopen(self._reopen_for)
            return
        opened = self._opened
        if opened is None or opened.capture_target != "card":
            # Without a card, it may be in the camera again soon.
            if opened is not None and opened.capture_target == "ram" and opened.has_card and not self._late:
                await asyncio.to_thread(self._root.staging.drop_parts)
            return
        await self._capture_index.open_complete()
        # Staged files must be in the index before the card is compared with it.
        await self._photo_importer.drained()
        began = self._clock()
        listing = await self._camera.list_card()
        if listing.card is None:
            self._cards.present = None
            self._card_out = True
            self._wait_seconds = RETRY_SECONDS
        elif self._card_out:
            # libgphoto2 lists a card only once per session, and this may be another card.
            self._reopen_for = "a card was inserted: reopening the camera to scan it"
            self._reopen(self._reopen_for)
        else:
            await self._compare(opened, listing.card, listing.objects, began)

    async def _compare(self, opened: CameraOpened, card: str, objects: Sequence[CardObject], began: float) -> None:
        memory = await self._cards.memory(opened.serial, card, objects)
        took = self._clock() - began
        found = plan(opened.serial, objects, memory, films=self._films)
        if found.films_left != self._films_left:
            self._films_left = found.films_left
            self._on_change()
        self._cards.present = memory.card_scan
        if found.baseline is not None:
            self._cards.present = await self._cards.record_scan(opened.serial, card, found.baseline)
            log.info("first scan of card %s: its %d photos are not imported", card, len(found.baseline))
        if not await self._fetch(opened, found.wanted):
            return
        known = await self._cards.memory(opened.serial, card, objects)
        missing = plan(opened.serial, objects, known, films=self._films).wanted if found.wanted else ()
        if missing and self._tries > 1:
            self._tries -= 1
            self._wait_seconds = RETRY_SECONDS
            log.info("not all photos arrived from the card: next try in %.0f s", RETRY_SECONDS)
            return
        if not missing and not self._late:
            await asyncio.to_thread(self._root.staging.drop_parts)
        if self._photo_importer.has_refused:  # it may be what is expected
            return
        await self._cards.stop_expecting(
            [one.capture_id for one in memory.expected if one.age_seconds - took > EXPECTED_SECONDS]
        )

    async def _fetch(self, opened: CameraOpened, stills: Sequence[StillOnCard]) -> bool:
        """Fetch and import stills; return ``False`` if the camera session has changed meanwhile."""
        try:
            for still in stills:
                for wanted in still.objects:
                    await self._captures.idle()
                    if self._opened is not opened:
                        return False
                    if await self._has_arrived(opened, wanted):
                        continue
                    self._photo_importer.expect(wanted, still.capture_id)
                    if not await self._download(opened, wanted):
                        return False
            await self._photo_importer.drained()
        finally:
            self._photo_importer.expect_no_more()
        return True

    async def _has_arrived(self, opened: CameraOpened, wanted: CardObject) -> bool:
        """Whether a copy of this photo from another card was just imported."""
        await self._photo_importer.drained()
        identity = identity_of(opened.serial, wanted)
        akin = await self._cards.with_same_stem(identity)
        return any(likeness(identity, photo.identity) is Likeness.SAME for photo in akin)

    def _reopen(self, why: str) -> None:
        left = self._reopen_at - self._clock()
        if left > 0:
            self._wait_seconds = left
            return
        self._reopen_for = None
        self._reopen_at = self._clock() + REOPEN_SECONDS
        self._camera.reopen(why)
