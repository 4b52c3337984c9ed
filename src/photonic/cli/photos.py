"""``photonic photos``: lists and downloads sessions and photos, of the service or of a photo root."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli import options
from photonic.cli.photo_source import PhotoPlace, every_page, photo_source
from photonic.cli.service_address import DEFAULT_URL, Ca, Token, Url
from photonic.cli.wording import exposure_text
from photonic.errors import BadInput, ServiceError

if TYPE_CHECKING:
    from photonic.cli.photo_source import PhotoSource
    from photonic.model.api import CaptureRecord, PhotoFile

NAMES_LIMIT = 1000


def photos(
    *,
    session: Annotated[
        str | None, typer.Argument(help="Session whose photos are listed.", show_default="list the sessions")
    ] = None,
    download: Annotated[
        Path | None,
        typer.Option(help="Folder to save the photos in; existing files are kept.", file_okay=False),
    ] = None,
    photo_root: options.PhotoRoot = None,
    config: options.Config = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    ca: Ca = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON, one object per line.")] = False,
) -> None:
    """List the sessions, or the photos of one session; with --download, save them here, RAW and JPEG.

    The running service answers; without one, or with --photo-root, the folder itself is read.
    The list shows the exposure of each photo, as far as its file contains it; with --download, the path of each saved
    file is printed instead. Files that are already in the folder are not downloaded again. Every file is verified with
    its SHA-256 checksum.
    """
    import asyncio

    if session is None and download is not None:
        raise BadInput("--download needs a session: photonic photos SESSION --download FOLDER")
    place = PhotoPlace(url, token, ca, photo_root, config)
    asyncio.run(_sessions(place, json=json) if session is None else _photos(place, session, download, json=json))


async def _sessions(place: PhotoPlace, *, json: bool) -> None:
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as closing:
        source = await photo_source(place, closing)
        async for page in every_page(source.sessions):
            for found in page.sessions:
                moment = found.last_at.astimezone().isoformat(" ", "seconds")
                photos = "1 photo" if found.photo_count == 1 else f"{found.photo_count} photos"
                typer.echo(found.model_dump_json() if json else f"{found.session_id}  {photos}, last {moment}")


async def _photos(place: PhotoPlace, session: str, folder: Path | None, *, json: bool) -> None:
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as closing:
        source = await photo_source(place, closing)
        shown = False
        async for page in every_page(lambda cursor: source.stills(session, cursor)):
            for still in page.stills:
                await _show(source, still, folder, json=json)
                shown = True
        if not shown:
            raise BadInput(f"session {session!r} has no photos: `photonic photos` lists the sessions")


async def _show(source: PhotoSource, still: CaptureRecord, folder: Path | None, *, json: bool) -> None:
    if folder is None and json:
        typer.echo(still.model_dump_json())
        return
    for file in still.files:
        if folder is None:
            typer.echo(file.path if file.exif is None else f"{file.path}  {exposure_text(file.exif)}".rstrip())
            continue
        where = str(await _save(source, file, folder))
        typer.echo(f"{file.model_copy(update={'path': where}).model_dump_json()}" if json else where)


async def _save(source: PhotoSource, file: PhotoFile, folder: Path) -> Path:
    """Save the photo, under another name if another file has its name; return its path."""
    import asyncio

    try:
        target, exists = await asyncio.to_thread(_target, folder, file)
        if not exists:
            partial = target.with_name(f"{target.name}.part")
            with partial.open("wb") as content:
                async for piece in source.content(file.id):
                    content.write(piece)
                content.flush()
                os.fsync(content.fileno())
            await asyncio.to_thread(_accept, partial, target, file)
    except OSError as error:
        raise BadInput(f"cannot write to {folder}: {error.strerror or error}", field="download") from error
    return target


def _target(folder: Path, file: PhotoFile) -> tuple[Path, bool]:
    """The path for the photo, and whether the photo is already there. Raises ``OSError``."""
    own = PurePosixPath(file.path).name
    name = PurePosixPath(f"{file.id}.bin" if own in {"", ".", ".."} else own)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, NAMES_LIMIT):
        path = folder / (name.name if number == 1 else f"{name.stem}_{number}{name.suffix}")
        if not path.exists():
            return path, False
        if _digest(path) == file.sha256:
            return path, True
    raise BadInput(f"{folder} already has {NAMES_LIMIT} files named {name}: choose another folder", field="download")


def _accept(partial: Path, target: Path, file: PhotoFile) -> None:
    """Rename the downloaded file to ``target``. Raises ``ServiceError`` if its checksum is wrong, ``OSError``."""
    if _digest(partial) != file.sha256:
        partial.unlink()
        raise ServiceError(f"{target.name} was damaged during the download: try again")
    partial.rename(target)


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
