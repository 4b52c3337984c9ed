"""``photonic photos``: which sessions and photos the service has, and bringing them here."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.service_address import DEFAULT_URL, Token, Url
from photonic.cli.wording import exposure_words
from photonic.errors import BadInput, ServiceError

if TYPE_CHECKING:
    from photonic.client.camera import CameraClient
    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.model.gallery import SessionSummary

NAMES_LIMIT = 1000


def photos(
    *,
    session: Annotated[
        str | None, typer.Argument(help="The session whose photos are listed.", show_default="all sessions are")
    ] = None,
    download: Annotated[
        Path | None, typer.Option(help="Folder to save the session's photos in; what is there stays.", file_okay=False)
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON, one object a line.")] = False,
) -> None:
    """List the sessions, or the photos of one; with --download, save them here, RAW and JPEG.

    Beside each photo stands how it was taken, as far as its file says; with --download only where it was saved.
    A photo that is already in the folder is not fetched again; each one is compared with its sha256.
    """
    import asyncio

    if session is None:
        if download is not None:
            raise BadInput("--download takes a session: photonic photos SESSION --download FOLDER")
        for found in asyncio.run(_sessions(url, token)):
            moment = found.last_at.astimezone().isoformat(" ", "seconds")
            photos = "1 photo" if found.photo_count == 1 else f"{found.photo_count} photos"
            words = f"{found.session_id}  {photos}, last {moment}"
            typer.echo(found.model_dump_json() if json else words)
        return
    asyncio.run(_photos(url, token, session, download, json=json))


async def _sessions(url: str, token: str | None) -> list[SessionSummary]:
    from photonic.client.camera import CameraClient

    async with CameraClient(url, token=token) as camera:
        page = await camera.gallery.sessions()
        found = list(page.sessions)
        while page.next_cursor is not None:
            page = await camera.gallery.sessions(cursor=page.next_cursor)
            found += page.sessions
        return found


async def _photos(url: str, token: str | None, session: str, folder: Path | None, *, json: bool) -> None:
    from photonic.client.camera import CameraClient

    async with CameraClient(url, token=token) as camera:
        stills = [still async for still in camera.gallery.every_still(session)]
        if not stills:
            raise BadInput(f"there is no photo in session {session!r}: photonic photos lists the sessions")
        for still in stills:
            await _show(camera, still, folder, json=json)


async def _show(camera: CameraClient, still: CaptureRecord, folder: Path | None, *, json: bool) -> None:
    if folder is None and json:
        typer.echo(still.model_dump_json())
        return
    for file in still.files:
        if folder is None:
            typer.echo(file.path if file.exif is None else f"{file.path}  {exposure_words(file.exif)}".rstrip())
            continue
        where = str(await _save(camera, file, folder))
        typer.echo(f"{file.model_copy(update={'path': where}).model_dump_json()}" if json else where)


async def _save(camera: CameraClient, file: PhotoFile, folder: Path) -> Path:
    """Where the photo is saved; under another name where its own is taken by something else."""
    import asyncio

    try:
        place, there = await asyncio.to_thread(_place, folder, file)
        if not there:
            arriving = place.with_name(f"{place.name}.part")
            with arriving.open("wb") as content:
                async for piece in camera.photo(file.id):
                    content.write(piece)
                content.flush()
                os.fsync(content.fileno())
            await asyncio.to_thread(_accept, arriving, place, file)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or error}", field="download") from error
    return place


def _place(folder: Path, file: PhotoFile) -> tuple[Path, bool]:
    """Where the photo belongs, and whether it is there already. Raises ``OSError``."""
    own = PurePosixPath(file.path).name
    name = PurePosixPath(f"{file.id}.bin" if own in {"", ".", ".."} else own)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, NAMES_LIMIT):
        place = folder / (name.name if number == 1 else f"{name.stem}_{number}{name.suffix}")
        if not place.exists():
            return place, False
        if _digest(place) == file.sha256:
            return place, True
    raise BadInput(f"{folder} has {NAMES_LIMIT} files of the name {name}: take another folder", field="download")


def _accept(arriving: Path, place: Path, file: PhotoFile) -> None:
    """Raises ``ServiceError`` for what is not the photo, ``OSError``."""
    if _digest(arriving) != file.sha256:
        arriving.unlink()
        raise ServiceError(f"{place.name} did not arrive as the service has it: try again")
    arriving.rename(place)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
