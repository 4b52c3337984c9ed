"""The photo root: checked before the shutter fires, never overwritten, never left.

A photo's way: staging directory on the same disk, size and structure checked, flushed, hashed, linked into place under
a name that was free, directory flushed. The staged file goes only after the index has the photo (``clear``), so that a
crash between the two leaves the means to finish.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.files import claims, disk
from photonic.service.media import exif, integrity
from photonic.service.photo import naming
from photonic.service.photo.staged import CAPTURE_ID, Leftover, StagedFile, StoredFile, name_in_staging
from photonic.worker.link.parts import PREFIX

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from photonic.model.exif import ExifFacts
MIN_FREE_BYTES = 200 * 1024 * 1024
INCOMPLETE = "incomplete"
"""Where files that are no whole photos are kept, below the index's folder."""


class PhotoRoot:
    """One directory for photos; ``min_free_bytes`` is what must be left before a shutter may fire.

    ``foreign``: folders in it that are the photo roots of other cameras.
    """

    def __init__(
        self,
        root: Path,
        *,
        min_free_bytes: int = MIN_FREE_BYTES,
        foreign: Sequence[str] = (),
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._root = root.absolute()
        self._min_free_bytes = min_free_bytes
        self._foreign = foreign

    @property
    def path(self) -> Path:
        """The root, absolute."""
        return self._root

    def check(self, below: PurePosixPath | None = None, *, wanted_bytes: int = 0) -> int:
        """Make the root and its staging directory where they are missing, write there once; the free bytes.

        ``below``: the directory in it that a photo is for, made and written to as well: it may be on another disk.
        ``wanted_bytes``: there has to be room for so much more.

        Raises ``StorageError`` saying what is in the way: not a directory, not writable, too little space; with
        ``below`` what ``directory`` raises, too.
        """
        staging = self._root / naming.STAGING
        try:
            claims.make_directories(staging)
            claims.make_directories(self._root / naming.INDEX)
            disk.probe(staging)
            free = disk.free_bytes(self._root, self._min_free_bytes, wanted_bytes)
        except OSError as error:
            raise self._unusable(error) from error
        return free if below is None else self._check_directory(below, free)

    def _check_directory(self, below: PurePosixPath, free: int) -> int:
        directory = self.directory(below)
        if disk.mount_of(directory) == disk.mount_of(self._root):
            return free
        try:
            disk.probe(directory)
            return min(free, disk.free_bytes(directory, self._min_free_bytes))
        except OSError as error:
            raise disk.refusal(error, directory) from error

    def free_bytes(self) -> int:
        """The room on the root's disk, or on the one that it will be made on.

        Raises ``StorageError``, also for a file system that takes no file, as far as that shows without a write.
        """
        place = next(path for path in (self._root, *self._root.parents) if path.exists())
        try:
            return disk.without_writing(place)
        except OSError as error:
            raise self._unusable(error) from error

    def directory(self, below: PurePosixPath) -> Path:
        """The directory ``below`` in the root, made if missing, symbolic links followed.

        Raises ``BadInput`` when it is no directory, ``StorageError`` when it cannot be made or a link leads out of the
        root.
        """
        root = self._root.resolve()
        wanted = self._inside(root, below)
        try:
            claims.make_directories(wanted)
        except (FileExistsError, NotADirectoryError) as error:
            raise BadInput(f"output_directory {below} is no directory", field="output_directory") from error
        except OSError as error:
            raise disk.refusal(error, wanted) from error
        return self._inside(root, below)

    def _inside(self, root: Path, below: PurePosixPath) -> Path:
        try:
            resolved = (root / below).resolve()
        except (OSError, RuntimeError) as error:  # a loop of symbolic links
            raise BadInput(f"output_directory {below} cannot be followed: {error}", field="output_directory") from error
        if not resolved.is_relative_to(root):
            raise _leads_out(root, below)
        if any(resolved.is_relative_to(root / reserved) for reserved in naming.RESERVED):
            raise BadInput(
                f"output_directory {below} leads to where the service keeps its own files", field="output_directory"
            )
        if any(resolved.is_relative_to(root / camera) for camera in self._foreign):
            raise BadInput(f"output_directory {below} leads to the photos of another camera", field="output_directory")
        return resolved

    def staging(self, capture_id: str) -> Path:
        """A new, empty staging directory for one capture, on the root's own disk. Raises ``StorageError``."""
        place = self._staging(capture_id)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        return place

    def begun_at(self, capture_id: str) -> float | None:
        """When a capture that has left no file went to the camera, in unix seconds; ``None``: it never did."""
        try:
            return self._staging(capture_id).stat().st_mtime
        except OSError:
            return None

    def staged(self, capture_id: str) -> list[StagedFile]:
        """What a capture has left in its staging directory, oldest name first; sizes are not known.

        Links and folders are passed over: no camera process makes them.
        """
        found = _plain_files(self._staging(capture_id))
        return [StagedFile(path, (name_in_staging(path.name) or (None, path.name))[1], None) for path in found]

    def staged_captures(self) -> list[str]:
        """The ids of all captures that have a staging directory."""
        place = self._root / naming.STAGING
        if not place.is_dir():
            return []
        return sorted(path.name for path in place.iterdir() if path.is_dir() and not path.is_symlink())

    def leftovers(self) -> tuple[list[Leftover], list[Path]]:
        """What was staged outside every capture's directory, oldest name first; and what is not ours there."""
        place = self._root / naming.STAGING
        ours: list[Leftover] = []
        foreign = (
            [path for path in place.iterdir() if path.is_symlink() or not (path.is_file() or path.is_dir())]
            if place.is_dir()
            else []
        )
        for path in _plain_files(place):
            if path.name.startswith(PREFIX):  # more of it is to come
                continue
            if (parts := name_in_staging(path.name)) is None:
                foreign.append(path)
            else:
                ours.append(Leftover(StagedFile(path, parts[1], None), parts[0]))
        foreign += [place / name for name in self.staged_captures() if CAPTURE_ID.fullmatch(name) is None]
        return ours, sorted(foreign)

    def drop_parts(self) -> None:
        """Take away what has arrived of files that nobody fetches any more. Raises ``StorageError``."""
        try:
            for path in _plain_files(self._root / naming.STAGING):
                if path.name.startswith(PREFIX):
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def drop(self, file: StagedFile) -> None:
        """Take away a staged file whose photo is in its place and in the index, and its directory when that is empty.

        Raises ``StorageError``.
        """
        try:
            with suppress(FileNotFoundError):
                file.path.unlink()
            claims.forget_claim(file.path)
        except OSError as error:
            raise self._unusable(error) from error
        if file.path.parent != self._root / naming.STAGING:
            with suppress(OSError):  # it holds something
                file.path.parent.rmdir()

    def set_aside(self, file: StagedFile) -> Path:
        """Keep a file that is no whole photo where nobody takes it for one, once; where. Raises ``StorageError``."""
        aside = self._root / naming.INDEX / INCOMPLETE
        try:
            claims.make_directories(aside)
            # A photo that is broken on the card comes again with each opening of the camera.
            if (kept := claims.same_content(file.path, aside)) is not None:
                self.drop(file)
                return kept
            for number in range(1, naming.CLASH_LIMIT):
                place = aside / (file.path.name if number == 1 else f"{number}-{file.path.name}")
                if claims.claim(file.path, place):
                    break
            else:
                raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} names are taken", str(aside))
        except OSError as error:
            raise self._unusable(error) from error
        self.drop(file)
        return place

    def is_whole(self, file: StagedFile) -> bool:
        """Whether a staged file's size and structure say that it is whole. Raises ``StorageError``."""
        return self.fault(file) is None

    def fault(self, file: StagedFile) -> str | None:
        """Why a staged file is no whole photo; ``None``: it is. Raises ``StorageError``."""
        try:
            with claims.opened(file.path) as content:
                size = os.fstat(content.fileno()).st_size
                return self._fault(content, size, file)
        except OSError as error:
            raise self._unusable(error) from error

    def sha256(self, file: StagedFile) -> str:
        """The hash of a staged file as it is. Raises ``StorageError``."""
        try:
            with claims.opened(file.path) as content:
                return hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise self._unusable(error) from error

    def bring_in(self, files: Sequence[StagedFile], place: PurePosixPath) -> list[StoredFile]:
        """Put the staged files of one still into their ``place`` (below the root, without extension), JPEG first.

        All are checked before the first one is placed. Raises ``CaptureError`` for a file that is not whole (it stays
        in staging), ``StorageError`` and ``BadInput`` as ``directory`` does. After a crash between this and the index
        it may be called again: no photo is there twice.
        """
        directory = self.directory(place.parent)
        ordered = sorted(files, key=lambda file: naming.extension(file.name) != ".jpg")
        try:
            digests = [self._check_whole(file) for file in ordered]
            for file in ordered:
                claims.withdraw(file.path, directory)
            places = claims.claim_all(ordered, directory, place.name)
            claims.flush(directory)
            return [self._stored(*parts) for parts in zip(ordered, places, digests, strict=True)]
        except OSError as error:
            raise disk.refusal(error, directory) from error

    def bring_in_beside(self, file: StagedFile, sibling: PurePosixPath) -> StoredFile:
        """Put a still's late file beside ``sibling`` (below the root), under its stem. Raises as ``bring_in``."""
        # A still that was deleted keeps its files together: they are restored, or removed, as one.
        trashed = sibling.is_relative_to(naming.TRASH)
        directory = self._root / sibling.parent if trashed else self.directory(sibling.parent)
        try:
            digest = self._check_whole(file)
            claims.withdraw(file.path, directory)
            place = claims.claim_beside(file, directory, sibling.stem)
            claims.flush(directory)
            return self._stored(file, place, digest)
        except OSError as error:
            raise disk.refusal(error, directory) from error

    def _fault(self, content: BinaryIO, size: int, file: StagedFile) -> str | None:
        why = integrity.fault(content, size, naming.extension(file.name), file.size_bytes)
        if why is not None:
            self._unexpected.refused(Where.PHOTO_FILES)
        return why

    def _check_whole(self, file: StagedFile) -> str:
        """The file's sha256, flushed to the disk; ``CaptureError`` when size or structure say that it is not whole.

        libgphoto2 reports success for a download to a full disk, so the size is compared with the camera's word.
        """
        with claims.opened(file.path) as content:
            os.fsync(content.fileno())
            size = os.fstat(content.fileno()).st_size
            why = self._fault(content, size, file)
            if why is not None:
                raise CaptureError(
                    f"the photo {file.name} is not whole ({why}); what has arrived is kept as {file.path}",
                    kind=FailureKind.CAMERA_FAULT,
                )
            content.seek(0)
            return hashlib.file_digest(content, "sha256").hexdigest()

    def _stored(self, file: StagedFile, place: Path, digest: str) -> StoredFile:
        below = PurePosixPath(place.resolve().relative_to(self._root.resolve()))
        size = place.stat().st_size
        facts: ExifFacts | None = None
        with self._unexpected.survived(Where.PHOTO_FACTS):  # the photo is safe: nothing in its facts may cost it
            facts = exif.read(place)
        return StoredFile(below, size, digest, naming.media_type(place.suffix), file.identity, facts)

    def clear(self, capture_id: str, kept: Sequence[str] = ()) -> None:
        """Take away a capture's staging directory, once its photo is in its place and in the index; but ``kept``."""
        place = self._staging(capture_id)
        if not kept:
            shutil.rmtree(place, ignore_errors=True)
            return
        for path in _plain_files(place):
            if path.name not in kept:
                with suppress(OSError):
                    path.unlink()
                    claims.forget_claim(path)

    def is_of_its_shot(self, file: StagedFile, capture_id: str) -> bool:
        """Whether a file was staged while the camera took this capture, and not later."""
        return file.path.parent == self._staging(capture_id)

    def exif(self, file: StagedFile) -> ExifFacts | None:
        """How a staged photo was taken, as it says itself."""
        return exif.read(file.path)

    def clear_empty(self, capture_id: str) -> None:
        """Take away the staging directory of a capture that has left nothing; what has arrived is kept."""
        with suppress(OSError):  # it holds something, or was never made
            self._staging(capture_id).rmdir()

    def _staging(self, capture_id: str) -> Path:
        return self._root / naming.STAGING / capture_id

    @contextmanager
    def guarded(self) -> Generator[None]:
        """What the disk refuses in the body is raised as ``StorageError``."""
        try:
            yield
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> StorageError:
        found = disk.refusal(error, self._root)
        return StorageError(f"the photo root: {found.reason}", kind=found.kind)


def _plain_files(place: Path) -> list[Path]:
    if place.is_symlink() or not place.is_dir():
        return []
    return sorted(
        path for path in place.iterdir() if path.is_file() and not path.is_symlink() and not claims.is_claim(path)
    )


def _leads_out(root: Path, below: PurePosixPath) -> StorageError:
    """Which link it is, and what to do: whoever asked for the photo may not have named the directory."""
    steps = [root.joinpath(*below.parts[:count]) for count in range(1, len(below.parts) + 1)]
    link = next(step for step in steps if not step.resolve().is_relative_to(root))
    target = link.resolve()
    return StorageError(
        f"{link} is a symbolic link that leads out of the photo root {root}, to {target}: set photo_root to {target}, "
        f"or put a directory in the link's place and mount the disk there"
    )
