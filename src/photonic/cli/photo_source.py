"""Where ``photonic photos`` reads: from the running service, or, if none runs, from the photo root itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from photonic.cli.service_or_folder import from_service_or_folder
from photonic.cli.stored_cameras import indexed_cameras
from photonic.errors import ServiceError, StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from contextlib import AsyncExitStack

    from photonic.client.camera import CameraClient
    from photonic.model.gallery import SessionPage, StillPage
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.library.gallery import Gallery

_Page = TypeVar("_Page", "SessionPage", "StillPage")

PAGE_LENGTH = 200
PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class PhotoPlace:
    """The options that say where the photos are; ``photo_root`` and ``config`` serve to read them without a service."""

    url: str
    token: str | None
    ca: Path | None
    photo_root: Path | None
    config: Path | None


class PhotoSource(Protocol):
    """Pages of sessions and stills, newest first, and the photos themselves."""

    async def sessions(self, cursor: str | None) -> SessionPage:
        """One page of the sessions."""
        ...

    async def stills(self, session_id: str, cursor: str | None) -> StillPage:
        """One page of a session's stills."""
        ...

    def content(self, photo_id: str) -> AsyncIterator[bytes]:
        """The bytes of one photo, piece by piece. Raises ``ServiceError``, ``StorageError``."""
        ...


async def photo_source(place: PhotoPlace, closing: AsyncExitStack) -> PhotoSource:
    """Return the service, or the folder: with ``photo_root``, or without a service at the usual address.

    What is opened is closed with ``closing``. Raises ``ServiceError``, ``BadInput`` (the folder has no index),
    ``StorageError`` (a service has it open).
    """

    async def from_service() -> PhotoSource:
        from photonic.client.camera import CameraClient
        from photonic.client.trust import trusting

        camera = CameraClient(place.url, token=place.token, ssl_context=trusting(place.ca))
        await closing.enter_async_context(camera)
        await camera.gallery.sessions(limit=1)
        return ServicePhotos(camera)

    async def from_folder(cameras: Sequence[ControllerSettings]) -> PhotoSource:
        from photonic.service.base.surroundings import Surroundings
        from photonic.service.camera.offline import offline_gallery

        surroundings = Surroundings.of_this_machine()
        return FolderPhotos([await closing.enter_async_context(offline_gallery(one, surroundings)) for one in cameras])

    return await from_service_or_folder(
        from_service,
        from_folder,
        url=place.url,
        photo_root=place.photo_root,
        cameras=lambda: indexed_cameras(place.photo_root, place.config),
    )


async def every_page(read: Callable[[str | None], Awaitable[_Page]]) -> AsyncIterator[_Page]:
    """Yield the pages from the first to the last; ``read`` is given the cursor of each."""
    cursor: str | None = None
    while True:
        page = await read(cursor)
        yield page
        if (cursor := page.next_cursor) is None:
            return


class ServicePhotos:
    """The photos of a running service."""

    def __init__(self, camera: CameraClient) -> None:
        self._camera = camera

    async def sessions(self, cursor: str | None) -> SessionPage:
        return await self._camera.gallery.sessions(cursor=cursor)

    async def stills(self, session_id: str, cursor: str | None) -> StillPage:
        return await self._camera.gallery.stills(session_id, cursor=cursor)

    def content(self, photo_id: str) -> AsyncIterator[bytes]:
        return self._camera.photo(photo_id)


class FolderPhotos:
    """The photos of all cameras of a photo root; no service runs."""

    def __init__(self, galleries: Sequence[Gallery]) -> None:
        self._galleries = galleries

    async def sessions(self, cursor: str | None) -> SessionPage:
        from photonic.model.reach import EVERYTHING
        from photonic.service.http.gallery_pages import session_page

        return await session_page(self._galleries, EVERYTHING, cursor, PAGE_LENGTH)

    async def stills(self, session_id: str, cursor: str | None) -> StillPage:
        from photonic.model.reach import EVERYTHING
        from photonic.service.http.gallery_pages import still_page

        return await still_page(self._galleries, EVERYTHING, session_id, cursor, PAGE_LENGTH)

    async def content(self, photo_id: str) -> AsyncIterator[bytes]:
        for gallery in self._galleries:
            if (found := await gallery.photo(photo_id)) is not None:
                for piece in _pieces(found[1]):
                    yield piece
                return
        raise ServiceError(f"the photo {photo_id} is not there any more")


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
