"""Receives photos that arrive outside a capture: the second file of a shot, or a photo of the body's own button."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera_clock import LONGEST_DELAY_SECONDS
from photonic.drivers.gphoto2.pieces import LARGE_BYTES
from photonic.drivers.gphoto2.shot_files import CardFile, ShotFiles, stage, staged, staging_path, unasked_path
from photonic.errors import CameraError, CaptureError
from photonic.machine.timekeeping import machine_boot
from photonic.model.camera_file import copies
from photonic.model.film import is_film
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
"""How long the second file of a shot is expected."""
_MOST_WAITING = 64
_MOST_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class _PendingObject:
    """An object to be fetched later. ``shot_files``: its capture, determined when it arrived; ``None``: none."""

    added: ObjectAdded
    file: CardFile
    shot_files: ShotFiles | None
    attempts: int = 1


class ObjectIntake:
    """Stages objects that no capture waits for, and retries if they cannot be stored.

    An object belongs to one of the two newest captures if it is the twin of one of that capture's files, and to none
    otherwise (the body's own button): a missing file alone does not assign an object to a capture. The copy of a photo
    on a second card is skipped.

    Args:
        camera: The open camera.
        outbox: Receives a message for each object.
        clock: Seconds, monotonic.
        card_audit: Records every object on a card.
        camera_clock: Learns from every object.
        in_ram: Photos go to the camera's RAM, where they have no times.
        staging: The directory for all objects, because a capture's own directory ends with the capture. ``None``: the
            directory of the newest capture.
    """

    def __init__(
        self,
        camera: GphotoCamera,
        outbox: ParentLink,
        clock: Callable[[], float],
        card_audit: CardAudit,
        *,
        camera_clock: CameraClock,
        in_ram: bool,
        staging: Path | None,
    ) -> None:
        self._camera = camera
        self._outbox = outbox
        self._clock = clock
        self._boot = machine_boot()
        self._card_audit = card_audit
        self._camera_clock = camera_clock
        self._in_ram = in_ram
        self._own_staging = staging
        self._staging = staging
        self._shots: deque[ShotFiles] = deque(maxlen=2)
        self._owed_files = 0
        self._unasked_files = 0
        self._unclaimed = 0
        self._waiting: deque[_PendingObject] = deque(maxlen=_MOST_WAITING)
        self._seen: deque[CardFile] = deque(maxlen=_MOST_REMEMBERED)
        self._retry_at = clock()

    def follow(self, shot_files: ShotFiles) -> None:
        """From now on report late twins of this capture's files with its id; called right after its release."""
        self._owed_files = self._owed()
        self._unasked_files = 0
        shot_files.owed = 0 if self._clock_decides else -(-self._owed_files // shot_files.expected)
        self._shots.append(shot_files)
        self._staging = self._own_staging or shot_files.staging

    @property
    def waiting(self) -> bool:
        """Whether objects are still to be fetched, or expected soon."""
        soon = self._clock() - TWIN_WAIT_SECONDS
        return bool(self._waiting) or any(
            shot_files.missing and shot_files.released_at > soon for shot_files in self._shots
        )

    def report(self, message: Staged, file: CardFile) -> None:
        """Send the message of a staged file, and record the file for the card's audit."""
        if not message.in_ram:
            self._card_audit.record_added(message.size_bytes, message.folder)
            self._seen.append(file)
        self._outbox.send(message)

    def examine(self, added: ObjectAdded) -> CardFile | None:
        """The camera's details of an object that has just arrived; ``None``: it is a copy of an earlier one.

        Raises ``CameraError`` if the connection broke.
        """
        file = CardFile.of(self._camera, added)
        self._camera_clock.observe(file.taken_at, self._clock())
        return self._unless_copy(file)

    def ingest(self, added: ObjectAdded, begun: Callable[[int | None], None] = lambda _size_bytes: None) -> None:
        """Stage and report an object, now or later. ``begun`` is called with its size before it is fetched.

        Raises ``CameraError`` if the connection broke, or the library does not find the object.
        """
        if (file := self.examine(added)) is not None:
            self.ingest_examined(added, file, begun)

    def ingest_examined(
        self, added: ObjectAdded, file: CardFile, begun: Callable[[int | None], None] = lambda _size_bytes: None
    ) -> None:
        """Like ``ingest``, for an object that was already examined."""
        # A late object from RAM is assigned by the photo's content, when the service imports it.
        shots = () if file.in_memory else reversed(self._shots)
        shot_files = next((shot_files for shot_files in shots if shot_files.has_twin(file)), None)
        if shot_files is not None:
            shot_files.add(file)
        else:
            self._unasked_files += 1
        self._fetch(_PendingObject(added, file, shot_files), begun)

    def leave_on_card(self, added: ObjectAdded) -> None:
        """Leave a film on the card, and report it. Raises ``CameraError`` if the connection broke."""
        # A film may carry the time of its start, long ago, so the camera's clock learns nothing from it.
        if (file := self._unless_copy(CardFile.of(self._camera, added))) is not None:
            self._leave(file)

    def retry_later(self, added: ObjectAdded, file: CardFile, shot_files: ShotFiles, reason: str) -> None:
        """Fetch an object of this capture later, because it cannot be stored now."""
        self._retry_later(_PendingObject(added, file, shot_files), reason)

    def of_earlier_capture(self, file: CardFile, newest: ShotFiles) -> bool:
        """Whether this is the twin of a file of the capture before ``newest``, and not of one of ``newest``."""
        earlier = (shot_files for shot_files in self._shots if shot_files is not newest)
        return not newest.has_twin(file) and any(shot_files.has_twin(file) for shot_files in earlier)

    @property
    def may_be_owed(self) -> bool:
        """Whether the next photo may be one that an earlier release owes, and the camera's clock will not tell."""
        return not self._clock_decides and self._owed() > 0

    def retry(self) -> None:
        """Retry one waiting object every ten seconds.

        Raises ``CameraError`` if the connection broke, or the library does not find the object.
        """
        if self._waiting and self._clock() >= self._retry_at:
            waiting = self._waiting.popleft()
            self._fetch(replace(waiting, attempts=waiting.attempts + 1))

    @property
    def _clock_decides(self) -> bool:
        return not self._in_ram and self._camera_clock.known

    def _owed(self) -> int:
        """How many files of earlier releases may still come. Each file that came since may have been one of them.

        Once a capture has a file, none are expected: a camera reports its photos in order.
        """
        newest = self._shots[-1] if self._shots else None
        if newest is None or newest.files or self._clock() > newest.released_at + LONGEST_DELAY_SECONDS:
            return 0
        return max(0, self._owed_files + newest.expected - self._unasked_files)

    def _unless_copy(self, file: CardFile) -> CardFile | None:
        if not any(copies(file, known) for known in self._seen):
            return file
        self._card_audit.record_added(file.size_bytes or 0, file.folder, film=is_film(file.name))
        self._outbox.send(Note(level="debug", text=f"{file.folder}/{file.name} is a copy on the other card"))
        return None

    def _fetch(self, pending: _PendingObject, begun: Callable[[int | None], None] = lambda _size_bytes: None) -> None:
        added = pending.added
        if self._staging is None:
            self._retry_later(pending, "no folder for it is known before the first capture")
            return
        shot_files = pending.shot_files
        if shot_files is None and not added.in_memory and (pending.file.size_bytes or 0) > LARGE_BYTES:
            self._leave(pending.file)
            return
        if shot_files is not None:
            path = staging_path(self._staging, shot_files.capture_id, shot_files.files.index(pending.file), added.name)
        else:
            self._unclaimed += 1
            path = unasked_path(self._staging, "body", self._clock(), self._unclaimed, added.name, boot=self._boot)
        try:
            fetched = stage(self._camera, added, path, begun)
        except CaptureError as error:
            self._retry_later(pending, error.reason)
            return
        except CameraError as error:
            if not faults.session_good(error):
                raise
            self._retry_later(pending, error.reason)
            return
        self.report(staged(shot_files.capture_id if shot_files else None, added, fetched), pending.file)

    def _leave(self, file: CardFile) -> None:
        self._card_audit.record_added(file.size_bytes or 0, file.folder, film=is_film(file.name))
        self._seen.append(file)
        found = CardObject(folder=file.folder, name=file.name, size_bytes=file.size_bytes, taken_at=file.taken_at)
        self._outbox.send(LeftOnCard(object=found))

    def _retry_later(self, pending: _PendingObject, reason: str) -> None:
        where = f"{pending.added.folder.rstrip('/')}/{pending.added.name}"
        if pending.attempts >= ATTEMPTS:
            text = f"photo {where} could not be fetched in {ATTEMPTS} attempts: {reason}"
            self._outbox.send(Note(level="error", text=text))
            return
        self._waiting.append(pending)
        self._retry_at = self._clock() + RETRY_SECONDS
        if pending.attempts == 1:
            self._outbox.send(
                Note(level="warning", text=f"photo {where} cannot be fetched yet and will be retried: {reason}")
            )
