"""Photos that come outside a capture: the second file of a shot, the body's own button."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.pieces import LARGE_BYTES
from photonic.drivers.gphoto2.shot_files import CardFile, ShotFiles, stage, staged, staging_path
from photonic.errors import CameraError, CaptureError
from photonic.model.camera_file import copies
from photonic.worker.link.card_messages import CardObject, LeftOnCard
from photonic.worker.link.messages import Note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from photonic.drivers.gphoto2.camera import GphotoCamera, ObjectAdded
    from photonic.drivers.gphoto2.camera_clock import CameraClock
    from photonic.drivers.gphoto2.card_audit import CardAudit
    from photonic.worker.link.messages import Staged
    from photonic.worker.roles import ParentLink

RETRY_SECONDS = 10.0
ATTEMPTS = 30
TWIN_WAIT_SECONDS = 60.0
"""How long the second file of a shot counts as on its way."""
_MOST_WAITING = 64
_MOST_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class _Waiting:
    """``shot_files``: the capture that it is of, decided when it came; ``None``: of none."""

    added: ObjectAdded
    file: CardFile
    shot_files: ShotFiles | None
    attempts: int = 1


class ObjectIntake:
    """Stages what comes by itself, and keeps trying where the disk refuses.

    An object is of one of the two newest captures when it is the twin of a file of it, and of none otherwise (the
    body's own button): that a capture still lacks a file is no reason to give it one. All go to ``staging``: a
    capture's own directory is taken away with the capture's end. ``None``: to the newest capture's. The copy of a photo
    on a second card is passed over.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        outbox: ParentLink,
        clock: Callable[[], float],
        card_audit: CardAudit,
        *,
        camera_clock: CameraClock,
        staging: Path | None,
    ) -> None:
        self._camera = camera
        self._outbox = outbox
        self._clock = clock
        self._card_audit = card_audit
        self._camera_clock = camera_clock
        self._own_staging = staging
        self._staging = staging
        self._rolls: deque[ShotFiles] = deque(maxlen=2)
        self._photo_importer = 0
        self._waiting: deque[_Waiting] = deque(maxlen=_MOST_WAITING)
        self._brought: deque[CardFile] = deque(maxlen=_MOST_REMEMBERED)
        self._retry_at = clock()

    def follow(self, shot_files: ShotFiles) -> None:
        """A new capture was released: the late twins of its files are told with its id from now on."""
        self._rolls.append(shot_files)
        self._staging = self._own_staging or shot_files.staging

    @property
    def waiting(self) -> bool:
        """Whether objects that the camera has told of are still to be fetched."""
        soon = self._clock() - TWIN_WAIT_SECONDS
        return bool(self._waiting) or any(
            shot_files.missing and shot_files.released_at > soon for shot_files in self._rolls
        )

    def tell(self, message: Staged, file: CardFile) -> None:
        """Tell of a staged file, and put it into the card's account."""
        if not message.in_ram:
            self._card_audit.told(message.size_bytes, message.folder)
            self._brought.append(file)
        self._outbox.send(message)

    def examine(self, added: ObjectAdded) -> CardFile | None:
        """What the camera says of an object that has just come; ``None``: a copy of one that was brought in.

        Raises ``CameraError`` where the connection broke.
        """
        file = CardFile.of(self._camera, added)
        self._camera_clock.saw(file.taken_at, self._clock())
        return self._first_seen(file)

    def _first_seen(self, file: CardFile) -> CardFile | None:
        if not any(copies(file, known) for known in self._brought):
            return file
        self._card_audit.told(file.size_bytes or 0, file.folder)
        self._outbox.send(Note(level="debug", text=f"{file.folder}/{file.name} is the copy on another card"))
        return None

    def take(self, added: ObjectAdded, begun: Callable[[int | None], None] = lambda _size_bytes: None) -> None:
        """Stage an object and tell of it; where that fails for now, keep it. ``begun`` hears its size.

        Raises ``CameraError`` where the connection broke.
        """
        if (file := self.examine(added)) is not None:
            self.take_examined(added, file, begun)

    def take_examined(
        self, added: ObjectAdded, file: CardFile, begun: Callable[[int | None], None] = lambda _size_bytes: None
    ) -> None:
        """As ``take``, of an object that was examined."""
        # What comes out of the RAM late is told apart by the photo itself, where it is brought in.
        rolls = () if file.in_memory else reversed(self._rolls)
        shot_files = next((shot_files for shot_files in rolls if shot_files.has_twin(file)), None)
        if shot_files is not None:
            shot_files.add(file)
        self._take(_Waiting(added, file, shot_files), begun)

    def leave(self, added: ObjectAdded) -> None:
        """Leave a film on the card, and tell of it. Raises ``CameraError`` where the connection broke."""
        # A film's time may be that of its begin, long ago: nothing is learnt from it about the camera's clock.
        if (file := self._first_seen(CardFile.of(self._camera, added))) is not None:
            self._leave(file)

    def keep(self, added: ObjectAdded, file: CardFile, shot_files: ShotFiles, why: str) -> None:
        """Fetch an object of this capture later, because it cannot be stored now."""
        self._keep(_Waiting(added, file, shot_files), why)

    def of_earlier_capture(self, file: CardFile, newest: ShotFiles) -> bool:
        """Whether this is the twin of a file of a capture before ``newest``, and of none of its own."""
        earlier = (shot_files for shot_files in self._rolls if shot_files is not newest)
        return not newest.has_twin(file) and any(shot_files.has_twin(file) for shot_files in earlier)

    def retry(self) -> None:
        """Try again what waits, one object every ten seconds.

        Raises ``CameraError`` where the connection broke.
        """
        if self._waiting and self._clock() >= self._retry_at:
            waiting = self._waiting.popleft()
            self._take(replace(waiting, attempts=waiting.attempts + 1))

    def _take(self, waiting: _Waiting, begun: Callable[[int | None], None] = lambda _size_bytes: None) -> None:
        added = waiting.added
        if self._staging is None:
            self._keep(waiting, "no place for it is known before the first capture")
            return
        shot_files = waiting.shot_files
        if shot_files is None and not added.in_memory and (waiting.file.size_bytes or 0) > LARGE_BYTES:
            self._leave(waiting.file)
            return
        if shot_files is not None:
            path = staging_path(self._staging, shot_files.capture_id, shot_files.files.index(waiting.file), added.name)
        else:
            self._photo_importer += 1
            path = staging_path(self._staging, f"body-{time.monotonic_ns()}", self._photo_importer, added.name)
        try:
            details = stage(self._camera, added, path, begun)
        except CaptureError as error:
            self._keep(waiting, error.reason)
            return
        except CameraError as error:
            if not faults.connection_good(error):
                raise
            self._keep(waiting, error.reason)
            return
        self.tell(staged(shot_files.capture_id if shot_files else None, added, path, details), waiting.file)

    def _leave(self, file: CardFile) -> None:
        self._card_audit.told(file.size_bytes or 0, file.folder)
        self._brought.append(file)
        found = CardObject(folder=file.folder, name=file.name, size_bytes=file.size_bytes, taken_at=file.taken_at)
        self._outbox.send(LeftOnCard(object=found))

    def _keep(self, waiting: _Waiting, why: str) -> None:
        where = f"{waiting.added.folder.rstrip('/')}/{waiting.added.name}"
        if waiting.attempts >= ATTEMPTS:
            self._outbox.send(Note(level="error", text=f"photo {where} was not fetched in {ATTEMPTS} tries: {why}"))
            return
        self._waiting.append(waiting)
        self._retry_at = self._clock() + RETRY_SECONDS
        if waiting.attempts == 1:
            self._outbox.send(Note(level="warning", text=f"photo {where} waits to be fetched: {why}"))
