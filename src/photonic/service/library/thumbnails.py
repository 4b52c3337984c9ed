"""Photos shown small: each made once, off the event loop, and kept below the photo root for as long as there is room.

What is kept is named by the photo's sha256, so it is never out of date; whoever deletes the folder has it made anew.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind
from photonic.recurring import Recurring
from photonic.service.base.threads import step_back
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.media import preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.model.api import PhotoFile
    from photonic.model.gallery import ThumbnailSize

THREADS = 2
WAITING_LIMIT = 256
"""More than a hall of browsers asks for at once; what comes beyond that is told to come again."""
KEPT_BYTES = 512 * 1024 * 1024
KEPT_SHARE_AFTERWARDS = 0.8
REFUSALS_LIMIT = 10_000
"""Of those kept in memory, too."""

log = logging.getLogger(__name__)


def tag(photo: PhotoFile, size: ThumbnailSize) -> str:
    """The entity tag of this photo in this size."""
    return f'"{photo.sha256[:32]}-{size.value}"'


class Thumbnails:
    """Makes and keeps small pictures in ``folder``; ``kept_bytes`` of them at the most, those used last.

    ``make(path, media_type, longest)`` makes one, on a thread. Use it as a context: its threads end with it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        kept_bytes: int = KEPT_BYTES,
        make: Callable[[Path, str, int], bytes] = preview.small,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._shelf = _Shelf(folder, kept_bytes)
        self._make = make
        self._threads = ThreadPoolExecutor(THREADS, "thumbnails", initializer=step_back)
        self._under_way: dict[tuple[str, int], asyncio.Future[bytes]] = {}

    def close(self) -> None:
        """End its threads, when what they are at is done."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def get(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """The photo at ``path`` as a JPEG of this size; whoever asks for the same meanwhile gets the same one.

        Raises ``CaptureError``: PHOTO_UNREADABLE, NOT_SUPPORTED, NOT_FOUND (the file is gone), QUEUE_FULL.
        """
        key = (photo.sha256, size.value)
        making = self._under_way.get(key)
        if making is None:
            if len(self._under_way) >= WAITING_LIMIT:
                raise CaptureError("too many photos are being made small: ask again", kind=FailureKind.QUEUE_FULL)
            making = asyncio.get_running_loop().run_in_executor(self._threads, self._work, photo, path, size.value)
            self._under_way[key] = making
            making.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(making)

    async def forget(self, digests: Sequence[str]) -> None:
        """Take away what is kept of these photos."""
        await asyncio.to_thread(self._shelf.forget, digests)

    def _done(self, key: tuple[str, int], done: asyncio.Future[bytes]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever asked may be gone

    def _work(self, photo: PhotoFile, path: Path, longest: int) -> bytes:
        if (kept := self._shelf.find(photo.sha256, longest)) is not None:
            return kept
        if (why := self._shelf.refusal(photo.sha256)) is not None:
            raise CaptureError(why, kind=FailureKind.PHOTO_UNREADABLE)
        try:
            made = self._make(path, photo.media_type, longest)
        except FileNotFoundError as error:
            raise CaptureError(f"photo {photo.id} is no longer on the disk", kind=FailureKind.NOT_FOUND) from error
        except CaptureError as error:
            if error.kind is FailureKind.PHOTO_UNREADABLE:
                self._unexpected.refused(Where.THUMBNAILS)
                self._shelf.refuse(photo.sha256, error.reason)
            raise
        except OSError as error:
            reason = f"photo {photo.id} cannot be read from the disk: {error.strerror or error}"
            raise CaptureError(reason, kind=FailureKind.PHOTO_UNREADABLE) from error
        except Exception as error:
            self._unexpected.met(Where.THUMBNAILS, error)
            reason = f"photo {photo.id} cannot be shown small, the log says why: the file itself is unchanged"
            self._shelf.refuse(photo.sha256, reason)
            raise CaptureError(reason, kind=FailureKind.PHOTO_UNREADABLE) from error
        self._shelf.put(photo.sha256, longest, made)
        return made


class _Shelf:
    """The kept ones, as files; everything here blocks, and several threads may be at it."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._disk_refusals = Recurring()
        self._bytes: int | None = None
        self._refusals: dict[str, str] = {}

    def find(self, digest: str, longest: int) -> bytes | None:
        place = self._place(digest, longest)
        try:
            found = place.read_bytes()
            os.utime(place)  # what was used last is kept longest
        except OSError:
            return None
        return found

    def put(self, digest: str, longest: int, data: bytes) -> None:
        """Keep it where the disk takes it; it has been made in any case."""
        self._keep(self._place(digest, longest), data)

    def refusal(self, digest: str) -> str | None:
        """Why this photo could not be shown by this version of photonic; ``None``: it has not been tried, or can."""
        found = self._refusals.get(digest)
        if found is None:
            with suppress(OSError, UnicodeDecodeError):
                found = self._refused(digest).read_text("utf-8")
        return found

    def refuse(self, digest: str, why: str) -> None:
        """Remember it, over restarts too: the same file is not read again for nothing."""
        if len(self._refusals) < REFUSALS_LIMIT:
            self._refusals[digest] = why
        self._keep(self._refused(digest), why.encode())

    def _keep(self, place: Path, data: bytes) -> None:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place.parent, prefix="making-", delete=False) as file:
                file.write(data)
            Path(file.name).replace(place)
        except OSError as error:
            level = self._disk_refusals.level(error.strerror or str(error), logging.INFO)
            log.log(level, "a small picture is not kept: %s", error)
            return
        self._bytes = self._measured() if self._bytes is None else self._bytes + len(data)
        if self._bytes > self._limit_bytes:
            self._make_room()

    def forget(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self._refusals.pop(digest, None)
            for place in self._place(digest, 0).parent.glob(f"{digest}-*"):
                with suppress(OSError):
                    place.unlink()

    def _refused(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}-refused-{version('photonic')}.txt"

    def _place(self, digest: str, longest: int) -> Path:
        return self._folder / digest[:2] / f"{digest}-{longest}.jpg"

    def _measured(self) -> int:
        return sum(size for _used_at, size, _place in self._all())

    def _all(self) -> list[tuple[float, int, Path]]:
        found: list[tuple[float, int, Path]] = []
        for place in self._folder.glob("*/*"):
            with suppress(OSError):
                status = place.stat()
                found.append((status.st_mtime, status.st_size, place))
        return found

    def _make_room(self) -> None:
        kept = sorted(self._all())
        total = sum(size for _used_at, size, _place in kept)
        for _used_at, size, place in kept:
            if total <= self._limit_bytes * KEPT_SHARE_AFTERWARDS:
                break
            with suppress(OSError):
                place.unlink()
                total -= size
        self._bytes = total
