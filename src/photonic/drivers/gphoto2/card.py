"""Lists the card's contents, as they were when the camera was opened, and fetches and deletes objects on request."""

from __future__ import annotations

import time
from itertools import chain, islice, starmap
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded
from photonic.drivers.gphoto2.pieces import LARGE_BYTES, Pieces, Unsupported
from photonic.drivers.gphoto2.shot_files import FetchedObject, named_by_hash, stage, staged, unasked_path
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.machine.timekeeping import machine_boot
from photonic.model.film import is_film
from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched, PartFetched
from photonic.worker.link.messages import Note
from photonic.worker.link.parts import part_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.card_audit import CardAudit
    from photonic.worker.roles import ParentLink

DEEPEST = 6
MOST_OBJECTS = 50_000
"""More photos than a card holds in practice (DCF: 900 folders); bounds the listing."""

JPEG_NAMES = (".jpg", ".jpeg", ".jpe")
MODERN_NAMES = (".hif", ".heif", ".heic", ".tif", ".tiff", ".dng")
RAW_NAMES = (".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".rw2", ".raw", ".orf", ".pef")
RARE_NAMES = (".srw", ".x3f", ".3fr", ".iiq", ".rwl")
PHOTOS = frozenset((*JPEG_NAMES, *MODERN_NAMES, *RAW_NAMES, *RARE_NAMES))
SLICE_SECONDS = 0.1
"""How long one command fetches pieces of a large object before frames and captures get their turn."""


class Card:
    """The card of one open camera.

    libgphoto2 caches the folders that it has listed: photos taken later are reported by events, and appear in the list
    of the next session.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        outbox: ParentLink,
        card_audit: CardAudit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._outbox = outbox
        self._card_audit = card_audit
        self._clock = clock
        self._boot = machine_boot()
        self._pieces: tuple[Path, Pieces] | None = None

    def listed(self) -> CardListed:
        """List the photos and films on every card. Raises ``CameraError``."""
        storages = self._camera.storages()
        if not storages:
            return CardListed(card=None)
        found = chain.from_iterable(self._walk(storage.folder, DEEPEST) for storage in storages)
        objects = tuple(starmap(self._object, islice(found, MOST_OBJECTS)))
        if next(found, None) is not None:
            text = f"the card holds more than {MOST_OBJECTS} photos, and the rest are ignored; empty the card"
            self._outbox.send(Note(level="warning", text=text))
        return CardListed(card=" + ".join(map(str, storages)), objects=objects)

    def fetch(self, objects: Sequence[CardObject], staging: Path) -> ObjectsFetched:
        """Stage these objects, or the next part of a large one. A ``Note`` reports a failure, and the rest are fetched.

        Raises ``CameraError`` if the connection broke.
        """
        unfinished: list[PartFetched] = []
        for number, wanted in enumerate(objects, 1):
            path = unasked_path(staging, "card", self._clock(), number, wanted.name, boot=self._boot)
            try:
                part = self._fetch(wanted, path)
            except CaptureError as error:
                self._warn(wanted, error.reason)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                self._warn(wanted, error.reason)
            else:
                if part is not None:
                    unfinished.append(part)
        return ObjectsFetched(unfinished=tuple(unfinished))

    def delete(self, wanted: CardObject) -> None:
        """Delete an object, if it is still the same one.

        Raises ``BadInput`` if it is gone or another object has its name; ``CameraError``.
        """
        where = f"{wanted.folder}/{wanted.name}"
        details = self._camera.details(wanted.folder, wanted.name)
        if details.size_bytes is None:
            raise BadInput(f"{where} is no longer on the card", field="object")
        if (details.size_bytes, details.taken_at) != (wanted.size_bytes, wanted.taken_at):
            raise BadInput(f"another photo is stored as {where} now: nothing was deleted", field="object")
        self._camera.forget(wanted.folder, wanted.name)
        self._card_audit.record_removed(details.size_bytes, wanted.folder)

    def _fetch(self, wanted: CardObject, path: Path) -> PartFetched | None:
        added = ObjectAdded(wanted.folder, wanted.name)
        film = is_film(wanted.name)
        fetched: FetchedObject | PartFetched
        if wanted.size_bytes and (film or wanted.size_bytes > LARGE_BYTES):
            try:
                fetched = self._fetch_part(wanted, wanted.size_bytes, path)
            except Unsupported as error:
                if film:
                    raise CaptureError(
                        "this camera cannot send a file in parts, so live view would stop for the whole transfer; copy "
                        "the film with a card reader",
                        kind=FailureKind.NOT_SUPPORTED,
                    ) from error
                fetched = stage(self._camera, added, path)
        else:
            fetched = stage(self._camera, added, path)
        if isinstance(fetched, PartFetched):
            return fetched
        self._outbox.send(staged(None, added, fetched))
        return None

    def _fetch_part(self, wanted: CardObject, size_bytes: int, path: Path) -> PartFetched | FetchedObject:
        """Fetch for one slice; once the object is complete, return it under its final name."""
        place = part_path(path.parent, wanted, self._boot)
        if self._pieces is None or self._pieces[0] != place:
            self._pieces = place, Pieces(self._camera, wanted.folder, wanted.name, size_bytes, place)
        pieces = self._pieces[1]
        until = self._clock() + SLICE_SECONDS
        done = pieces.fetch(lambda: self._clock() < until)
        if done < size_bytes:
            return PartFetched(object=wanted, done_bytes=done)
        self._pieces = None
        # If that fails, the part stays, and the next attempt only renames it.
        complete = named_by_hash(place, path, pieces.sha256)
        return FetchedObject(complete, done, pieces.sha256, wanted.taken_at)

    def _object(self, folder: str, name: str) -> CardObject:
        details = self._camera.details(folder, name)
        return CardObject(folder=folder, name=name, size_bytes=details.size_bytes, taken_at=details.taken_at)

    def _walk(self, folder: str, depth: int) -> Iterator[tuple[str, str]]:
        yield from (
            (folder, name)
            for name in self._camera.files(folder)
            if PurePosixPath(name).suffix.lower() in PHOTOS or is_film(name)
        )
        if depth:
            for name in self._camera.folders(folder):
                yield from self._walk(f"{folder.rstrip('/')}/{name}", depth - 1)

    def _warn(self, wanted: CardObject, reason: str) -> None:
        text = f"photo {wanted.folder}/{wanted.name} could not be fetched from the card: {reason}"
        self._outbox.send(Note(level="warning", text=text))
