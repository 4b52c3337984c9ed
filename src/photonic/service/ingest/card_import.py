"""What lies on the card and was never brought in: decided by comparing, fetched when the camera has nothing to do.

The first sight of a card records what lies there, and imports nothing. The same holds for another card that the camera
calls by the same name: none of what is known to lie on it does. See decision 0011.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from photonic.errors import CameraError, StorageError
from photonic.model.camera_file import TWIN_SECONDS, plain
from photonic.model.film import is_film
from photonic.recurring import Recurring
from photonic.service.ingest.attribution import OWED_SECONDS
from photonic.service.ingest.downloads import Downloads, FetchingCamera
from photonic.service.ingest.expected_photo import owners
from photonic.service.ingest.photo_import import RETRY_SECONDS
from photonic.service.photo.identity import (
    ZONE_SPAN_SECONDS,
    ByName,
    Likeness,
    PhotoIdentity,
    likeness,
    twins,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.ingest.photo_import import PhotoImporter
    from photonic.service.journal.cards import CardJournal, CardMemory
    from photonic.service.library.index import CaptureIndex
    from photonic.worker.link.card_messages import CardListed, CardObject, PartFetched
    from photonic.worker.link.messages import CameraOpened

TRIES = 3
"""How often, after one opening of the camera, the card is looked through for what did not come."""
MOST_LATE = 1000
"""Large files that came since the card was listed; of more than that the next listing tells."""

REOPEN_SECONDS = 30.0
"""Live view pauses while the camera is opened anew: for a count that stays off, not more often than this."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Still:
    """Files of one still that are to be fetched; ``capture_id``: the failed capture that took it, by its time."""

    objects: tuple[CardObject, ...]
    capture_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """``baseline``: a first sight, with what is to be recorded as lying there; ``None``: the card is known.
    ``films_left``: new films that nobody wants fetched."""

    baseline: tuple[CardObject, ...] | None
    wanted: tuple[Still, ...]
    films_left: int = 0


def plan(serial: str, objects: Sequence[CardObject], memory: CardMemory, *, films: bool = False) -> ImportPlan:
    """What to fetch of a card on which ``objects`` lie, and what to record of it; ``films``: they are fetched, too."""
    seen = [(found, _identity(serial, found)) for found in objects]
    first = memory.sight is None or _is_another_card([identity for _found, identity in seen], memory)
    known = ByName(memory.baseline)
    indexed = ByName(photo.identity for photo in memory.photos)
    news: list[tuple[CardObject, PhotoIdentity]] = []
    doubtful: set[int] = set()
    new_films: list[CardObject] = []
    for found, identity in seen:
        like = indexed.likeness(identity)
        # The baseline imports nothing in doubt; what was brought in is compared by its content in doubt.
        if like is Likeness.SAME or (not first and known.likeness(identity) is not Likeness.OTHER):
            continue
        if is_film(found.name):
            # No capture takes one, and at a first sight none is saved from being taken for an old one.
            new_films += [] if first else [found]
            continue
        if like is Likeness.DOUBTFUL:
            doubtful.add(id(found))
        news.append((found, identity))
    stills = _stills(news)
    if first:
        stills = _rescued(stills, memory)
    alone = [
        still
        for still in stills
        if not any(id(found) in doubtful or indexed.has_twin(_identity(serial, found)) for found in still)
    ]
    takers = dict(
        zip(map(id, alone), owners([still[0].taken_at for still in alone], memory.owed, memory.ahead), strict=True)
    )
    wanted = tuple(Still(still, takers.get(id(still))) for still in stills)
    # Photos first: a film takes minutes.
    wanted += tuple(Still((found,)) for found in new_films) if films else ()
    fetched = {id(found) for still in stills for found in still}
    baseline = tuple(found for found in objects if id(found) not in fetched) if first else None
    return ImportPlan(baseline, wanted, 0 if films else len(new_films))


class CardCamera(FetchingCamera, Protocol):
    """What reconciling needs of a camera; every method raises ``CameraError``."""

    async def list_card(self) -> None:
        """Have ``CardImporter.listed`` told what lies on the card."""
        ...

    def reopen(self, reason: str) -> None:
        """Have the camera opened anew: its card is listed afresh then."""
        ...


class CardImporter:
    """Brings in what the card has and the index lacks: after each opening of the camera, when nothing is captured.

    One file is fetched at a time, and a large one in many goes, so that a capture that comes meanwhile waits for a
    moment at the most. ``films``: they are fetched, too; otherwise they stay on the card.
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
        self._look_due = False
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
        self._listing: CardListed | None = None
        self._reopen_for: str | None = None
        self._card_out = False
        self._reopen_at = clock()
        self._tries = TRIES
        self._wait_seconds: float | None = None

    def opened(self, opened: CameraOpened) -> None:
        """The camera was opened: its card is to be looked through."""
        self._opened = opened
        self._reopen_for = None
        self._card_out = False
        self._tries = TRIES
        # What came meanwhile is in the listing now.
        self._late.clear()
        if opened.capture_target == "card":
            self._due()
        elif opened.capture_target == "ram":
            log.warning(
                "photos go to the camera's own memory: one that was taken and not fetched yet is lost when the camera "
                "process dies; put a card in and set capture_target = card to be safe"
            )

    def listed(self, listing: CardListed) -> None:
        """What lies on the card."""
        self._listing = listing

    def unaccounted(self, shots: int) -> None:
        """The camera took ``shots`` more photos than it told of: only a new opening shows them."""
        if self._opened is not None and self._opened.capture_target == "card":
            self._reopen_for = f"the camera took {shots} photos that it did not tell of: it is opened anew to find them"
            self._due()

    @property
    def films_left(self) -> int:
        """Films that were recorded since the card is known, and stay on it."""
        return self._films_left

    def left(self, found: CardObject) -> None:
        """An object has come and was left on the card: it is large, or a film."""
        size = round((found.size_bytes or 0) / 1e6)
        if is_film(found.name) and not self._films:
            self._films_left += 1
            log.info("film %s (%d MB) stays on the card; with fetch_films = true it would be fetched", found.name, size)
            self._on_change()
            return
        log.info("%s (%d MB) is fetched from the card when nothing is captured", found.name, size)
        self._late.append(found)
        self._wanted.set()

    def part_fetched(self, event: PartFetched) -> None:
        """A part of a large object was fetched."""
        self.downloads.part_fetched(event)

    def _due(self) -> None:
        self._look_due = True
        self._wanted.set()

    async def run(self) -> None:
        """Look through the card whenever that is due, until cancelled."""
        refusals = Recurring(self._clock)
        while True:
            try:
                async with asyncio.timeout(self._wait_seconds):
                    await self._wanted.wait()
            except TimeoutError:
                self._look_due = True
            self._wanted.clear()
            self._wait_seconds = None
            try:
                await self._captures.idle()
                await self._fetch_late()
                if self._look_due:
                    self._look_due = False
                    await self._look()
            except CameraError as error:
                log.info("the card was not looked through to the end (%s): the next opening begins anew", error.reason)
            except StorageError as error:
                self._look_due = True
                level = refusals.level(error.reason)
                log.log(level, "photos on the card wait (%s): next try in %.0f s", error.reason, RETRY_SECONDS)
                self._wait_seconds = RETRY_SECONDS

    async def _fetch_late(self) -> None:
        """Fetch what has come since the card was listed: libgphoto2 does not list it in this session."""
        opened = self._opened
        while self._late and opened is not None and self._opened is opened:
            await self._capture_index.open()
            await self._downloads_of(opened, self._late[0])
            if self._late and self._opened is opened:
                self._late.popleft()

    async def _downloads_of(self, opened: CameraOpened, wanted: CardObject) -> bool:
        return await self.downloads.fetch(wanted, lambda: self._opened is opened)

    async def _look(self) -> None:
        if self._reopen_for is not None:
            self._reopen(self._reopen_for)
            return
        opened = self._opened
        if opened is None or opened.capture_target != "card":
            return
        await self._capture_index.open()
        # What was staged is in the index before the card is compared with it.
        await self._photo_importer.settled()
        self._listing = None
        began = self._clock()
        await self._camera.list_card()
        listing = self._listing
        if listing is None or listing.card is None:
            self._cards.present = None
            self._card_out = True
            self._wait_seconds = RETRY_SECONDS
        elif self._card_out:
            # What libgphoto2 has listed before is not listed anew, and this may be another card.
            self._reopen_for = "a card is in the camera again: it is opened anew to look through it"
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
        self._cards.present = memory.sight
        if found.baseline is not None:
            self._cards.present = await self._cards.see(opened.serial, card, found.baseline)
            log.info("first sight of card %s: %d photos lie on it, and stay there", card, len(found.baseline))
        if not await self._fetch(opened, found.wanted):
            return
        known = await self._cards.memory(opened.serial, card)
        missing = plan(opened.serial, objects, known, films=self._films).wanted if found.wanted else ()
        if missing and self._tries > 1:
            self._tries -= 1
            self._wait_seconds = RETRY_SECONDS
            log.info("not every photo came from the card: next try in %.0f s", RETRY_SECONDS)
            return
        if not missing and not self._late:
            await asyncio.to_thread(self._root.staging.drop_parts)
        await self._cards.settle([one.capture_id for one in memory.owed if one.age_seconds - took > OWED_SECONDS])

    async def _fetch(self, opened: CameraOpened, stills: Sequence[Still]) -> bool:
        """Whether all of them were asked for, and what came is brought in."""
        try:
            for still in stills:
                for wanted in still.objects:
                    await self._captures.idle()
                    if self._opened is not opened:
                        return False
                    if await self._has_come(opened, wanted):
                        continue
                    self._photo_importer.expect(wanted, still.capture_id)
                    if not await self._downloads_of(opened, wanted):
                        return False
            await self._photo_importer.settled()
        finally:
            self._photo_importer.expect_none()
        return True

    async def _has_come(self, opened: CameraOpened, wanted: CardObject) -> bool:
        """Whether this is the copy, on another card, of a photo that was just brought in."""
        await self._photo_importer.settled()
        identity = _identity(opened.serial, wanted)
        akin = await self._cards.akin(identity)
        return any(likeness(identity, photo.identity) is Likeness.SAME for photo in akin)

    def _reopen(self, why: str) -> None:
        left = self._reopen_at - self._clock()
        if left > 0:
            self._wait_seconds = left
            return
        self._reopen_for = None
        self._reopen_at = self._clock() + REOPEN_SECONDS
        self._camera.reopen(why)


def _identity(serial: str, found: CardObject) -> PhotoIdentity:
    return PhotoIdentity(serial, found.folder, found.name, found.size_bytes, found.taken_at)


def _is_another_card(seen: Sequence[PhotoIdentity], memory: CardMemory) -> bool:
    """Whether something was known to lie on the card, and nothing of it does."""
    here = [
        *memory.latest,
        *(photo.identity for photo in memory.photos if photo.sight == memory.sight and not photo.removed),
    ]
    known = ByName(here)
    return bool(here) and all(known.likeness(identity) is Likeness.OTHER for identity in seen)


def _stills(news: Sequence[tuple[CardObject, PhotoIdentity]]) -> list[tuple[CardObject, ...]]:
    """Files grouped into stills, copies on another card among them, in the order in which they were taken."""
    groups: dict[str, list[list[tuple[CardObject, PhotoIdentity]]]] = {}
    for item in sorted(news, key=lambda item: (item[1].taken_at or 0, item[1].name)):
        near = groups.setdefault(item[1].stem, [])
        for group in near:
            if all(twins(item[1], other) or likeness(item[1], other) is Likeness.SAME for _found, other in group):
                group.append(item)
                break
        else:
            near.append([item])
    stills = [tuple(found for found, _identity_ in group) for near in groups.values() for group in near]
    return sorted(stills, key=lambda still: (still[0].taken_at or 0, plain(still[0].name)))


def _rescued(stills: Sequence[tuple[CardObject, ...]], memory: CardMemory) -> list[tuple[CardObject, ...]]:
    """At a first sight: as many of the newest stills as captures are owed one, where the camera's time fits.

    A capture can fail before its card was ever looked at: its photo must not count as having been there before.
    """
    # The clock may have been set since, and may be set still: by one of the two readings the photo fits.
    moments = [moment for one in memory.owed for moment in (one.since, memory.read_at - one.age_seconds)]
    fitting = [
        still
        for still in stills
        if (at := still[0].taken_at) is not None
        and any(abs(at - moment) <= ZONE_SPAN_SECONDS + TWIN_SECONDS for moment in moments)
    ]
    return fitting[-len(memory.owed) :] if memory.owed else []
