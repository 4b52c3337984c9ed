"""Bad input from outside, and the failures it causes: counted, logged once, and survived.

Cameras, files and networks may send anything. A parser rejects invalid data with one of the project's errors; that is
expected and only counted here (``refused``). Any other failure while foreign data is handled is a bug of ours that the
data has exposed. It must not end the service and all its cameras: it ends the piece of work in which it happened
(``survived``), or restarts the task (``kept``).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.service.base.background import leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Mapping

AGAIN_SECONDS = 1.0
"""How long to wait before a failed task restarts: one that always fails immediately must not occupy a whole core."""
_LOGGED_AGAIN = frozenset(10**power for power in range(1, 10))
KNOWN_LIMIT = 1000
"""How many kinds of failure the log distinguishes."""

log = logging.getLogger(__name__)


class Where(StrEnum):
    """Where foreign data is handled; these are labels in ``/metrics``."""

    FRAMES = "frames"
    SMALLER_FRAMES = "smaller_frames"
    CAMERA_EVENTS = "camera_events"
    SETTINGS = "settings"
    CAMERA_PROCESS = "camera_process"
    LIVE_VIEW = "live_view"
    CAPTURES = "captures"
    SEQUENCES = "sequences"
    PHOTO_FILES = "photo_files"
    PHOTO_FACTS = "photo_facts"
    UNASKED_PHOTOS = "unasked_photos"
    CARD = "card"
    CARD_COPIES = "card_copies"
    SECOND_COPIES = "second_copies"
    THUMBNAILS = "thumbnails"
    DISK = "disk"
    TRASH = "trash"
    INDEX = "index"
    INDEX_UPKEEP = "index_upkeep"
    UNCLEAN_STOP = "unclean_stop"
    VERIFICATION = "verification"
    REPAIR = "repair"
    DELIVERIES = "deliveries"
    STATUS = "status"
    ACCESS = "access"
    REQUESTS = "requests"
    CALLBACKS = "callbacks"


class Unexpected:
    """Counts the failures of one camera, or of the service itself. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused = dict.fromkeys(Where, 0)
        self._met = dict.fromkeys(Where, 0)
        self._known: dict[tuple[Where, str, str], int] = {}

    @property
    def refusals(self) -> Mapping[Where, int]:
        """How many inputs were rejected, by place."""
        return self._refused

    @property
    def failures(self) -> Mapping[Where, int]:
        """How many unexpected failures occurred, by place."""
        return self._met

    def refused(self, where: Where) -> None:
        """Count an input that a parser has rejected; the caller reports the reason."""
        with self._lock:
            self._refused[where] += 1

    def met(self, where: Where, error: BaseException) -> None:
        """Count an unexpected failure, and log it: each kind in full the 1st, 10th, 100th ... time."""
        error = leaf(error)
        kind = (where, type(error).__name__, _raised_at(error))
        with self._lock:
            self._met[where] += 1
            if kind not in self._known and len(self._known) >= KNOWN_LIMIT:
                return
            times = self._known[kind] = self._known.get(kind, 0) + 1
        if times == 1:
            log.error("unexpected failure in %s; the service keeps running", where, exc_info=error)
        elif times in _LOGGED_AGAIN:
            log.error("unexpected failure in %s, %d times so far: %s: %s", where, times, type(error).__name__, error)

    @contextmanager
    def survived(self, where: Where) -> Generator[None]:
        """Log and suppress any failure in the body."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - foreign data can cause any failure: see the module
            self.met(where, error)

    async def kept(self, where: Where, run: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run a task until it returns or is cancelled; restart it a moment after each failure.

        A task whose clean-up fails when it is cancelled is not restarted: its owner waits for its end.
        """
        ours = asyncio.current_task()
        while True:
            with self.survived(where):
                # In a task of its own: a task group that fails is counted as a cancellation of its task (Python 3.11).
                await asyncio.create_task(run())
                return
            if ours is not None and ours.cancelling():
                raise asyncio.CancelledError
            await asyncio.sleep(AGAIN_SECONDS)


def _raised_at(error: BaseException) -> str:
    """The file and line that raised the error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
