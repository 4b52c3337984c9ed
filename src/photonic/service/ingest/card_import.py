"""The import from the card: what is on the card and not in the index is fetched when the camera is idle.

Theory of operation. One task, ``run``, does everything; the camera's events only set flags and wake it. It works when
no capture is queued or in execution, fetches one file at a time (a large one in parts), and checks before each step
that the camera is still the one that was opened, so that a capture waits a moment at most and nothing is fetched under
a new session by an old plan.

A scan has three steps: list the card, compare it with what is known (``card_plan``), fetch what is missing. Before the
comparison everything that is staged is imported, so that it counts as known. libgphoto2 lists a card once per session:
what comes later is announced one by one (``left``), and a card that was changed, or a count of shots that does not add
up, takes a reopened camera. A scan that fails is repeated: after the next opening if the camera failed, after
``RETRY_SECONDS`` if the disk refused, and ``TRIES`` times if photos did not arrive.

What the camera calls the card may be another card: see ``card_plan``. Captures that expect a photo stop expecting one
when a complete scan has not found it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from photonic.errors import CameraError, StorageError
from photonic.model.film import is_film
from photonic.recurring import Recurring
from photonic.service.ingest.attribution import EXPECTED_SECONDS
from photonic.service.ingest.card_plan import StillOnCard, identity_of, plan
from photonic.service.ingest.downloads import Downloads
from photonic.service.ingest.photo_import import RETRY_SECONDS
from photonic.service.photo.identity import Likeness, likeness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.ingest.camera import CardCamera
    from photonic.service.ingest.photo_import import PhotoImporter
    from photonic.service.journal.cards import CardJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import CameraOpened

TRIES = 3
"""How often a card is scanned after one opening of the camera for photos that did not arrive."""
MOST_LATE = 1000
"""Large files that arrived after the card was listed and are remembered; the next scan finds the others."""

REOPEN_SECONDS = 30.0
"""Reopening the camera pauses live view: for a count of shots that never adds up, this is the shortest period."""

log = logging.getLogger(__name__)


class CardImporter:
    """Imports what the card has and the index lacks.

    ``downloads`` fetches the files. ``films_left`` counts the films that stay on the card.

    Args:
        camera: Gives access to the card.
        root: Where photos are staged and stored.
        cards: What is known about the cards.
        capture_index: Opened before a scan, so that what an earlier run left is recorded.
        captures: Says when the camera is idle.
        photo_importer: Imports what was fetched.
        staging: Where the camera process stages files.
        clock: Monotonic seconds.
        on_change: Called when ``films_left`` or the state of a download has changed.
        films: Whether films are fetched too; otherwise they stay on the card.
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
        clock: Callable[[], float],
        on_change: Callable[[], object] = lambda: None,
        films: bool = False,
    ) -> None:
        self._camera = camera
        self._films = films
        self._late: deque[CardObject] = deque(maxlen=MOST_LATE)
        self._scan_due = False
        self._films_left = 0
        self._on_change = on_change
        self.downloads = Downloads(camera, root, captures, staging=staging, clock=clock, on_change=on_change)
        self._root = root
        self._cards = cards
        self._capture_index = capture_index
        self._captures = captures
        self._photo_importer = photo_importer
        self._clock = clock
        self._wanted = asyncio.Event()
        self._opened: CameraOpened | None = None
        self._reopen_for: str | None = None
        self._card_out = False
        self._reopen_at = clock()
        self._tries = TRIES
        self._wait_seconds: float | None = None

    # Events of the camera process; none of them waits.

    def opened(self, opened: CameraOpened) -> None:
        """The camera was opened: scan its card."""
        self._opened = opened
        self._reopen_for = None
        self._card_out = False
        self._tries = TRIES
        # The new session lists what arrived in the last one.
        self._late.clear()
        if opened.capture_target == "card":
            self._request_scan()
        elif opened.capture_target == "ram":
            log.warning(
                "photos go to the camera's own memory: a photo that was not fetched yet is lost if the camera process "
                "ends; to prevent this, insert a card and set capture_target = card"
            )

    def unaccounted(self, shots: int) -> None:
        """The camera took ``shots`` more photos than it reported, which only a new session lists."""
        if self._opened is not None and self._opened.capture_target == "card":
            self._reopen_for = f"the camera took {shots} photos that it did not report: reopening it to find them"
            self._request_scan()

    def left(self, found: CardObject) -> None:
        """An object has arrived and was left on the card because it is large or a film."""
        size = round((found.size_bytes or 0) / 1e6)
        if is_film(found.name) and not self._films:
            self._films_left += 1
            log.info("film %s (%d MB) stays on the card; fetch_films = true would fetch it", found.name, size)
            self._on_change()
            return
        log.info("%s (%d MB) will be fetched from the card when the camera is idle", found.name, size)
        self._late.append(found)
        self._wanted.set()

    @property
    def films_left(self) -> int:
        """Films that were recorded after the first scan of the card and stay on it."""
        return self._films_left

    def _request_scan(self) -> None:
        self._scan_due = True
        self._wanted.set()

    async def run(self) -> None:
        """Scan the card and fetch from it whenever that is due, until cancelled."""
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
                log.info("the scan of the card was interrupted (%s) and restarts when the camera opens", error.reason)
            except StorageError as error:
                self._scan_due = True
                level = refusals.level(error.reason)
                log.log(level, "photos wait on the card (%s): next try in %.0f s", error.reason, RETRY_SECONDS)
                self._wait_seconds = RETRY_SECONDS

    async def _fetch_late(self) -> None:
        """Fetch what has arrived since the card was listed, which libgphoto2 does not list in this session."""
        opened = self._opened
        while self._late and opened is not None and self._opened is opened:
            await self._capture_index.open()
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
            return
        await self._capture_index.open()
        # What was staged must be in the index before the card is compared with it.
        await self._photo_importer.settled()
        began = self._clock()
        listing = await self._camera.list_card()
        if listing.card is None:
            self._cards.present = None
            self._card_out = True
            self._wait_seconds = RETRY_SECONDS
        elif self._card_out:
            # libgphoto2 does not list again what it has listed, and this may be another card.
            self._reopen_for = "a card was inserted: reopening the camera to scan it"
            self._reopen(self._reopen_for)
        else:
            await self._compare(opened, listing.card, listing.objects, began)

    async def _compare(self, opened: CameraOpened, card: str, objects: Sequence[CardObject], began: float) -> None:
        memory = await self._cards.memory(opened.serial, card)
        took = self._clock() - began
        found = plan(opened.serial, objects, memory, films=self._films)
        if found.films_left != self._films_left:
            self._films_left = found.films_left
            self._on_change()
        self._cards.present = memory.card_scan
        if found.baseline is not None:
            self._cards.present = await self._cards.record_scan(opened.serial, card, found.baseline)
            log.info("first scan of card %s: %d photos on it, which are not imported", card, len(found.baseline))
        if not await self._fetch(opened, found.wanted):
            return
        known = await self._cards.memory(opened.serial, card)
        missing = plan(opened.serial, objects, known, films=self._films).wanted if found.wanted else ()
        if missing and self._tries > 1:
            self._tries -= 1
            self._wait_seconds = RETRY_SECONDS
            log.info("not every photo arrived from the card: next try in %.0f s", RETRY_SECONDS)
            return
        if not missing and not self._late:
            await asyncio.to_thread(self._root.staging.drop_parts)
        await self._cards.stop_expecting(
            [one.capture_id for one in memory.expected if one.age_seconds - took > EXPECTED_SECONDS]
        )

    async def _fetch(self, opened: CameraOpened, stills: Sequence[StillOnCard]) -> bool:
        """Whether all of them were requested, and what arrived is imported."""
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
            await self._photo_importer.settled()
        finally:
            self._photo_importer.expect_none()
        return True

    async def _has_arrived(self, opened: CameraOpened, wanted: CardObject) -> bool:
        """Whether this is the copy, on another card, of a photo that was just imported."""
        await self._photo_importer.settled()
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
