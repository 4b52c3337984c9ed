"""Thumbnails: created once, off the event loop, and cached below the photo root within a size limit.

Cache files are named by the photo's sha256, so they never become stale. The folder may be deleted at any time. Files
are not flushed: a loss of power may leave holes, zeros or nothing of them. So each ends with the SHA-256 of its
content, which is compared when it is read; one that differs is made again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind
from photonic.recurring import Recurring
from photonic.service.base.threads import step_back
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.media import preview
from photonic.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.model.api import PhotoFile
    from photonic.model.gallery import ThumbnailSize

THREADS = 2
WAITING_LIMIT = 256
"""More requests than many browsers send at once; further requests fail and may be repeated."""
CACHE_BYTES = 512 * 1024 * 1024
SHARE_AFTER_EVICTION = 0.8
DIGEST_BYTES = hashlib.sha256().digest_size
REFUSALS_LIMIT = 10_000
"""How many refusals are also kept in memory."""

log = logging.getLogger(__name__)


def tag(photo: PhotoFile, size: ThumbnailSize) -> str:
    """Return the entity tag of this photo's thumbnail."""
    return f'"{photo.sha256[:32]}-{size.value}"'


class Thumbnails:
    """Creates thumbnails and caches them in ``folder``. Call ``close`` at the end to stop its threads.

    Args:
        folder: The cache folder; created when needed.
        clock: Seconds, monotonic.
        kept_bytes: The size limit of the cache; the most recently used thumbnails are kept.
        make: Creates a JPEG on a thread, from the path, the media type and the longest side in pixels.
        unexpected: Counts unexpected errors; ``None``: use a new counter.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float],
        kept_bytes: int = CACHE_BYTES,
        make: Callable[[Path, str, int], bytes] = preview.small,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._cache = _Cache(folder, kept_bytes, clock)
        self._make = make
        self._threads = ThreadPoolExecutor(THREADS, "thumbnails", initializer=step_back)
        self._in_progress: dict[tuple[str, int], asyncio.Future[bytes]] = {}

    def close(self) -> None:
        """Stop the threads after their current work; cancel what is still waiting."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def get(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """Return the photo at ``path`` as a JPEG of this size; concurrent requests for the same JPEG share the work.

        Raises ``CaptureError``: PHOTO_UNREADABLE, NOT_SUPPORTED, NOT_FOUND (the file is gone), QUEUE_FULL.
        """
        key = (photo.sha256, size.value)
        making = self._in_progress.get(key)
        if making is None:
            if len(self._in_progress) >= WAITING_LIMIT:
                raise CaptureError("too many thumbnails are being created: try again", kind=FailureKind.QUEUE_FULL)
            making = asyncio.get_running_loop().run_in_executor(self._threads, self._work, photo, path, size.value)
            self._in_progress[key] = making
            making.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(making)

    async def forget(self, digests: Sequence[str]) -> None:
        """Delete the cached thumbnails of these photos."""
        await asyncio.to_thread(self._cache.forget, digests)

    def _done(self, key: tuple[str, int], done: asyncio.Future[bytes]) -> None:
        del self._in_progress[key]
        if not done.cancelled():
            done.exception()  # retrieve it, as the client may have disconnected

    def _work(self, photo: PhotoFile, path: Path, longest: int) -> bytes:
        if (kept := self._cache.find(photo.sha256, longest)) is not None:
            return kept
        if (why := self._cache.refusal(photo.sha256)) is not None:
            raise CaptureError(why, kind=FailureKind.PHOTO_UNREADABLE)
        try:
            made = self._make(path, photo.media_type, longest)
        except FileNotFoundError as error:
            raise CaptureError(f"photo {photo.id} is no longer on the disk", kind=FailureKind.NOT_FOUND) from error
        except CaptureError as error:
            if error.kind is FailureKind.PHOTO_UNREADABLE:
                self._unexpected.refused(Where.THUMBNAILS)
                self._cache.refuse(photo.sha256, error.reason)
            raise
        except OSError as error:
            reason = f"photo {photo.id} cannot be read from the disk: {error.strerror or error}"
            raise CaptureError(reason, kind=FailureKind.PHOTO_UNREADABLE) from error
        except Exception as error:
            self._unexpected.met(Where.THUMBNAILS, error)
            reason = f"no thumbnail could be created for photo {photo.id}, see the log: the file itself is unchanged"
            self._cache.refuse(photo.sha256, reason)
            raise CaptureError(reason, kind=FailureKind.PHOTO_UNREADABLE) from error
        self._cache.put(photo.sha256, longest, made)
        return made


class _Cache:
    """The cached thumbnails as files. All methods block and may be called from several threads."""

    def __init__(self, folder: Path, limit_bytes: int, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._disk_refusals = Recurring(clock)
        self._bytes: int | None = None
        self._refusals: dict[str, str] = {}

    def find(self, digest: str, longest: int) -> bytes | None:
        place = self._place(digest, longest)
        try:
            found = _checked(place.read_bytes())
            os.utime(place)  # the least recently used thumbnails are evicted first
        except OSError:
            return None
        return found

    def put(self, digest: str, longest: int, data: bytes) -> None:
        """Cache a thumbnail; if the disk refuses, it is not cached."""
        self._keep(self._place(digest, longest), data)

    def refusal(self, digest: str) -> str | None:
        """Return why this version of photonic cannot create thumbnails of this photo; ``None``: no failure is known."""
        found = self._refusals.get(digest)
        if found is None:
            with suppress(OSError):
                text = _checked(self._refused(digest).read_bytes())
                found = None if text is None else text.decode()
        return found

    def refuse(self, digest: str, why: str) -> None:
        """Remember the failure, even after a restart, so that a file is not read again for nothing."""
        if len(self._refusals) < REFUSALS_LIMIT:
            self._refusals[digest] = why
        self._keep(self._refused(digest), why.encode())

    def _keep(self, place: Path, data: bytes) -> None:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place.parent, prefix="making-", delete=False) as file:
                file.write(data + hashlib.sha256(data).digest())
            Path(file.name).replace(place)
        except OSError as error:
            level = self._disk_refusals.level(error.strerror or str(error), logging.INFO)
            log.log(level, "cannot cache a thumbnail: %s", error)
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
        return self._folder / digest[:2] / f"{digest}-refused-{__version__}.txt"

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
            if total <= self._limit_bytes * SHARE_AFTER_EVICTION:
                break
            with suppress(OSError):
                place.unlink()
                total -= size
        self._bytes = total


def _checked(kept: bytes) -> bytes | None:
    """The content of a cache file; ``None``: it is damaged."""
    data, digest = kept[:-DIGEST_BYTES], kept[-DIGEST_BYTES:]
    return data if hashlib.sha256(data).digest() == digest else None
