"""Photos that come outside a capture: the second file of a shot, the body's own button."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.objects import Roll, stage, staged, staging_path
from photonic.errors import CameraError, CaptureError
from photonic.worker.messages import Note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from photonic.drivers.gphoto2.camera import Camera, ObjectAdded
    from photonic.drivers.gphoto2.tally import Tally
    from photonic.worker.messages import Staged
    from photonic.worker.roles import Outbox

RETRY_SECONDS = 10.0
ATTEMPTS = 30
_MOST_WAITING = 64


@dataclass(frozen=True, slots=True)
class _Waiting:
    added: ObjectAdded
    attempts: int


class Arrivals:
    """Stages what comes by itself, and keeps trying where the disk refuses.

    Objects of the two newest captures are told with their ids, others (the body's own button) without one. All go to
    ``staging``: a capture's own directory is taken away with the capture's end. ``None``: to the newest capture's.
    """

    def __init__(
        self, camera: Camera, outbox: Outbox, clock: Callable[[], float], tally: Tally, staging: Path | None
    ) -> None:
        self._camera = camera
        self._outbox = outbox
        self._clock = clock
        self._tally = tally
        self._own_staging = staging
        self._staging = staging
        self._rolls: deque[Roll] = deque(maxlen=2)
        self._strays = 0
        self._waiting: deque[_Waiting] = deque(maxlen=_MOST_WAITING)
        self._retry_at = clock()

    def follow(self, roll: Roll) -> None:
        """A new capture was released: its late objects are told with its id from now on."""
        self._rolls.append(roll)
        self._staging = self._own_staging or roll.staging

    @property
    def waiting(self) -> bool:
        """Whether objects that the camera has told of are still to be fetched."""
        return bool(self._waiting) or any(roll.missing for roll in self._rolls)

    def tell(self, message: Staged) -> None:
        """Tell of a staged file, and put it into the card's account."""
        if not message.in_ram:
            self._tally.told(message.size_bytes)
        self._outbox.send(message)

    def take(self, added: ObjectAdded, begun: Callable[[int | None], None] = lambda _size_bytes: None) -> None:
        """Stage an object and tell of it; where that fails for now, keep it. ``begun`` hears its size.

        Raises ``CameraError`` where the connection broke.
        """
        self._take(_Waiting(added, 1), begun)

    def keep(self, added: ObjectAdded, why: str) -> None:
        """Fetch an object later, because it cannot be stored now."""
        self._keep(_Waiting(added, 1), why)

    def of_earlier_capture(self, added: ObjectAdded) -> bool:
        """Whether this is the twin of a file of the capture before the newest."""
        return len(self._rolls) > 1 and self._rolls[0].has_twin(added.name) and not self._rolls[1].has_twin(added.name)

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
        roll = self._owner(added)
        if roll is not None:
            path = staging_path(self._staging, roll.capture_id, len(roll.names), added.name)
        else:
            self._strays += 1
            path = staging_path(self._staging, f"body-{time.monotonic_ns()}", self._strays, added.name)
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
        if roll is not None:
            roll.names.append(added.name)
        self.tell(staged(roll.capture_id if roll else None, added, path, details))

    def _owner(self, added: ObjectAdded) -> Roll | None:
        newest_first = tuple(reversed(self._rolls))
        twin = next((roll for roll in newest_first if roll.has_twin(added.name)), None)
        return twin or next((roll for roll in newest_first if roll.missing), None)

    def _keep(self, waiting: _Waiting, why: str) -> None:
        where = f"{waiting.added.folder.rstrip('/')}/{waiting.added.name}"
        if waiting.attempts >= ATTEMPTS:
            self._outbox.send(Note(level="error", text=f"photo {where} was not fetched in {ATTEMPTS} tries: {why}"))
            return
        self._waiting.append(waiting)
        self._retry_at = self._clock() + RETRY_SECONDS
        if waiting.attempts == 1:
            self._outbox.send(Note(level="warning", text=f"photo {where} waits to be fetched: {why}"))
