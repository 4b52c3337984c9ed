"""What comes from outside and is no good, in one place: counted, logged once, and survived.

Cameras, files and networks send what they like. A reader refuses what breaks its rules, with an error of the project;
that is expected, and only counted here (``refused``). Anything else that goes wrong while foreign data is handled is a
fault of ours that the data has found. It must not end the service with all its cameras: it ends the piece of work that
it struck (``survived``), or has the task begin anew (``kept``).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.service.base.shutdown import leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Mapping

AGAIN_SECONDS = 1.0
"""Before a task that failed begins anew: one that fails at once again must not take the machine."""
_SAID_AGAIN = frozenset(10**power for power in range(1, 10))
KNOWN_LIMIT = 1000
"""Of kinds of failure that are kept apart in the log."""

log = logging.getLogger(__name__)


class Where(StrEnum):
    """Where foreign data is handled; the labels in ``/metrics``."""

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
    THUMBNAILS = "thumbnails"
    DISK = "disk"
    TRASH = "trash"
    INDEX = "index"
    DELIVERIES = "deliveries"
    STATUS = "status"
    REQUESTS = "requests"
    CALLBACKS = "callbacks"


class Unexpected:
    """The counts of one camera, or of the service itself. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused = dict.fromkeys(Where, 0)
        self._met = dict.fromkeys(Where, 0)
        self._known: dict[tuple[Where, str, str], int] = {}

    @property
    def refusals(self) -> Mapping[Where, int]:
        """How much was refused, by reader."""
        return self._refused

    @property
    def failures(self) -> Mapping[Where, int]:
        """How often something failed that nobody had expected to."""
        return self._met

    def refused(self, where: Where) -> None:
        """A reader has refused what it got, for a reason that its caller tells."""
        with self._lock:
            self._refused[where] += 1

    def met(self, where: Where, error: BaseException) -> None:
        """Something failed that nobody expected: each kind is logged in full once, then at its 10th time, 100th ..."""
        error = leaf(error)
        kind = (where, type(error).__name__, _place(error))
        with self._lock:
            self._met[where] += 1
            if kind not in self._known and len(self._known) >= KNOWN_LIMIT:
                return
            times = self._known[kind] = self._known.get(kind, 0) + 1
        if times == 1:
            log.error("unexpected failure in %s; the service goes on", where, exc_info=error)
        elif times in _SAID_AGAIN:
            log.error("unexpected failure in %s, %d times by now: %s: %s", where, times, type(error).__name__, error)

    @contextmanager
    def survived(self, where: Where) -> Generator[None]:
        """What fails in the body ends the body, and nothing else."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what foreign data can bring about is in no list: see the module
            self.met(where, error)

    async def kept(self, where: Where, run: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run a task until it ends by itself or is cancelled; one that fails begins anew after a moment."""
        while True:
            with self.survived(where):
                await run()
                return
            await asyncio.sleep(AGAIN_SECONDS)


def _place(error: BaseException) -> str:
    """The line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
