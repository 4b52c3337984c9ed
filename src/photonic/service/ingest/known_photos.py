"""Whether a staged photo was imported before.

Three things say so: a name of the staged file in the photo root that is on record; the camera's facts about the photo;
and, where these are in doubt or missing, its content.

An import gives the file its name first and records it then. If the record fails, or the service is killed in between,
the file has a name that no record mentions. The same photo may be imported from the card meanwhile, under another name.
Such names are withdrawn. A loss of power can bring back the staged file of a photo whose move to the trash it cut off.
The record does not mention the name in the folder any more then, but the photo has no other one: it stays.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.service.photo.identity import Likeness, likeness

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import PurePosixPath
    from typing import Protocol

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.journal.cards import CardJournal
    from photonic.service.journal.paths import NameBeforeTrash
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StagedFile

    class NamesOnRecord(Protocol):
        """Knows the names of photos: the journal, or the index in front of it."""

        async def recorded(self, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
            """See ``CaptureJournal``."""
            ...

        async def before_trash(self, sha256: str) -> list[NameBeforeTrash]:
            """See ``CaptureJournal``."""
            ...


async def withdraw_unrecorded(file: StagedFile, root: PhotoRoot, names_on_record: NamesOnRecord) -> bool:
    """Withdraw the names of a staged file in the photo root that no record mentions; return whether one does.

    The name of a photo whose move to the trash was cut off counts as recorded. Raises ``StorageError``.
    """
    names = await asyncio.to_thread(root.names_of, file)
    if not names:
        return False
    recorded = await names_on_record.recorded(names)
    if not recorded.issuperset(names):
        sha256 = await asyncio.to_thread(root.staging.content.sha256, file)
        for before in await names_on_record.before_trash(sha256):
            if not await asyncio.to_thread(root.has, before.place):
                recorded |= {before.name}.intersection(names)
    for name in names:
        if name not in recorded:
            await asyncio.to_thread(root.withdraw, name)
    return bool(recorded)


class KnownPhotos:
    """The photos of one camera that are on record. Every method raises ``StorageError``.

    Args:
        root: Where photos are staged and stored.
        cards: Knows which photos were imported from the cards.
        capture_index: Captures that have ended.
        delete_copies: Whether to delete the copy on the card of a photo that turns out to be on record.
    """

    def __init__(
        self, root: PhotoRoot, cards: CardJournal, capture_index: CaptureIndex, *, delete_copies: bool
    ) -> None:
        self._root = root
        self._cards = cards
        self._capture_index = capture_index
        self._delete_copies = delete_copies

    async def has_recorded_name(self, file: StagedFile) -> bool:
        """Return whether a staged file is on record under one of its names; withdraw the others.

        Must not be called for a file of a capture that has not ended.
        """
        return await withdraw_unrecorded(file, self._root, self._capture_index)

    async def holds(self, file: StagedFile, named: CaptureResult | None, *, suspect: bool) -> bool:
        """Return whether a photo is on record, by the camera's facts about it and, if in doubt, by its content.

        Args:
            file: The staged photo.
            named: The ended capture that the camera process names.
            suspect: Whether its identity may be missing. A photo from RAM that an earlier run left has none.
        """
        if await self._is_known(file, named):
            return True
        return suspect and await self._capture_index.holds(await self._digest(file))

    async def _is_known(self, file: StagedFile, named: CaptureResult | None) -> bool:
        digest: str | None = None
        if named is not None and named.files:
            digest = await self._digest(file)
            if digest in {stored.sha256 for stored in named.files}:
                return True
        if file.identity is None:
            return False
        for photo in await self._cards.with_same_stem(file.identity):
            like = likeness(file.identity, photo.identity)
            if like is Likeness.SAME:
                return True
            if like is Likeness.DOUBTFUL:
                digest = digest or await self._digest(file)
                if digest == photo.sha256:
                    present = self._cards.present
                    await self._cards.complete(photo, file.identity, present, delete=self._delete_copies)
                    return True
        return False

    async def _digest(self, file: StagedFile) -> str:
        return await asyncio.to_thread(self._root.staging.content.sha256, file)
