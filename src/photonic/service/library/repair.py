"""Repairs photos that are missing or damaged: from the second copy, or from the camera's card.

Theory of operation. ``repair`` takes one recorded file that is not what the camera sent. The second copy is tried
first, since it is read at once. If it is not whole, the copy on the card is asked for. It comes as any photo that is
fetched: into the staging area, to the import, which finds that it is on record already, and would drop it. Before that,
the import offers it (``offer``), and if it is what is waited for, it becomes the photo. So a repair adds no record, and
a photo that the camera sends damaged once more changes nothing. A photo may be deleted or restored after its check: it
is repaired where it is then, and is not moved meanwhile.

What waits for the card is asked for again while the camera is there, ``TRIES`` times, and kept until the service stops;
the next check finds it again. ``files.replacement`` says why
nothing is destroyed on the way.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from photonic.errors import StorageError
from photonic.service.files.second_root import SecondDiskError
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path, PurePosixPath

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.files.replacement import FileReplacement
    from photonic.service.files.second_root import SecondRoot
    from photonic.service.journal.verification import RecordedFile, VerificationJournal
    from photonic.service.photo.staged import StagedFile
    from photonic.worker.link.card_messages import CardObject

FETCHED = "second-copy.part"
"""The file in the folder of the index that a second copy is fetched into, before it takes a photo's place."""
WAITING_LIMIT = 1000
"""How many photos wait for the card at a time; the next check finds the others."""
TRIES = 3
"""How often the card is asked for one photo."""
AGAIN_SECONDS = 30.0
CARD_SECONDS = 120.0
"""How long a check waits for the card to send one more photo."""

Source = Literal["second", "card"]

log = logging.getLogger(__name__)


class Repair:
    """Repairs the files of one photo root. Methods raise ``StorageError``.

    Args:
        root: The photo root.
        replacement: Puts files back.
        journal: Knows where copies are.
        second: The second disk; ``None``: there is none.
        fetch: Asks for a photo on the card of the camera with this serial number; returns whether it will be fetched.
            ``None``: there is no camera, and will be none.
    """

    def __init__(
        self,
        root: PhotoRoot,
        replacement: FileReplacement,
        journal: VerificationJournal,
        *,
        second: SecondRoot | None,
        fetch: Callable[[str, CardObject], bool] | None,
    ) -> None:
        self._root = root
        self._replacement = replacement
        self._journal = journal
        self._second = second
        self._fetch = fetch
        self._waiting: dict[tuple[str, int], RecordedFile] = {}
        self._fetched: set[tuple[str, int]] = set()
        self._tries: Counter[tuple[str, int]] = Counter()
        self._came = asyncio.Event()
        self._fetching = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """How many photos wait for the card."""
        return len(self._waiting)

    def is_waiting(self, file: RecordedFile) -> bool:
        """Whether this photo waits for the card."""
        return (file.capture_id, file.number) in self._waiting

    async def repair(self, file: RecordedFile) -> tuple[Source | None, str]:
        """Repair a file that is not what the camera sent.

        Returns where its content is from, ``None``: it is not repaired (yet); and a note for people.
        """
        refusal: str | None = None
        if self._second is not None and file.second is not None:
            try:
                if (note := await self._from_second(self._second, file.second, file)) is not None:
                    return "second", note
            except SecondDiskError as error:
                refusal = f"{error.why.text}; then repair again"
        on_card = await self._journal.on_card(file)
        if on_card is None:
            return None, refusal or "no other copy of it is known"
        if self._fetch is None:
            return None, "it may be on the card: repair it while the service runs and the camera is connected"
        if len(self._waiting) >= WAITING_LIMIT:
            return None, "it can be fetched from the card: repair again when the others are"
        self._waiting[file.capture_id, file.number] = file
        self._tries.pop((file.capture_id, file.number), None)
        if self._asked(file, on_card):
            return None, "it is fetched from the card"
        return None, "it may be on the card: it is fetched once the camera is there"

    async def _from_second(self, second: SecondRoot, place: PurePosixPath, file: RecordedFile) -> str | None:
        """Repair a file from its second copy, which is fetched first: a disk that hangs holds up nothing here.

        Returns a note for people; ``None``: the copy is not whole. Raises ``SecondDiskError``.
        """
        async with self._fetching:
            fetched = self._root.path / naming.INDEX / FETCHED
            try:
                if not await second.through(second.fetched(place, file.sha256, fetched)):
                    return None
                whole, note = await self._put_back(fetched, file, "the second copy")
            finally:
                await asyncio.to_thread(fetched.unlink, missing_ok=True)
            return note if whole else None

    async def run(self) -> None:
        """Ask for what waits for the card as long as it has not come, until cancelled."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            with suppress(StorageError):  # the index is not open, or the disk is gone
                await self._ask_again()

    async def _ask_again(self) -> None:
        for key, file in list(self._waiting.items()):
            on_card = await self._journal.on_card(file)
            if on_card is None or self._tries[key] >= TRIES:
                log.error("%s cannot be repaired: the card does not send what is on record", file.path)
                self._waiting.pop(key, None)
                self._came.set()
            else:
                self._asked(file, on_card)

    def _asked(self, file: RecordedFile, on_card: tuple[str, CardObject]) -> bool:
        """Ask the card for a photo; return whether it will be fetched."""
        asked = self._fetch is not None and self._fetch(*on_card)
        self._tries[file.capture_id, file.number] += asked
        return asked

    async def offer(self, file: StagedFile) -> None:
        """Use a staged file, whose photo is on record, if that photo waits for its content."""
        if not self._waiting:
            return
        sha256 = await asyncio.to_thread(self._root.staging.content.sha256, file)
        for key, wanted in list(self._waiting.items()):
            if wanted.sha256 != sha256:
                continue
            whole, _note = await self._put_back(file.path, wanted, "the card")
            if not whole:
                continue
            self._fetched.add(key)
            self._waiting.pop(key, None)
            self._came.set()

    async def card_has_sent(self) -> None:
        """Wait until the card has sent what it was asked for, or sends no more."""
        with suppress(TimeoutError):
            while any(self._tries[key] for key in self._waiting):
                self._came.clear()
                async with asyncio.timeout(CARD_SECONDS):
                    await self._came.wait()

    def was_fetched(self, file: RecordedFile) -> bool:
        """Whether this photo was repaired from the card; said once."""
        key = (file.capture_id, file.number)
        fetched = key in self._fetched
        self._fetched.discard(key)
        return fetched

    async def _put_back(self, source: Path, file: RecordedFile, origin: str) -> tuple[bool, str]:
        """Put the content of ``source`` where a photo is on record now.

        Returns whether it is whole there, or was removed permanently; and a note for people that names the ``origin``.
        """
        async with self._root.moves:
            now = await self._journal.file(file.capture_id, file.number)
            if now is None:
                return True, "it was removed"
            whole, aside = await asyncio.to_thread(self._replacement.put_back, source, now.path, now.sha256)
        return whole, self._told(now, origin, aside) if whole else ""

    def _told(self, file: RecordedFile, source: str, aside: Path | None) -> str:
        """Log a repair. Returns a note for people."""
        also = "" if aside is None else f"; what was in its place is kept as {aside}"
        log.warning("%s was repaired from %s%s", file.path, source, also)
        return f"repaired from {source}{also}"
