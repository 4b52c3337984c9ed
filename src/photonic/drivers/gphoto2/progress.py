"""The phase of a capture and its deadline, which is extended when there is more to fetch than expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.exposure import fetch_seconds
from photonic.model.exposure_end import ExposureEnd
from photonic.worker.link.messages import CaptureProgressed

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.worker.roles import ParentLink

PREPARING_SECONDS = 10.0
SECOND_OBJECT_SECONDS = 8.0
"""Once one file of RAW+JPEG has arrived, a capture waits this long for the other one."""


class Progress:
    """Sends the phases of one capture. The parent kills a camera process that exceeds the deadline it was sent last."""

    def __init__(self, capture_id: str, outbox: ParentLink, clock: Callable[[], float]) -> None:
        self._capture_id = capture_id
        self._outbox = outbox
        self._clock = clock
        self._phase = "preparing"
        self._deadline = clock()
        self._exposed_from: ExposureEnd | None = None

    def enter(self, phase: str, seconds: float, *, exposed_from: ExposureEnd | None = None) -> None:
        """Enter the next phase, with a deadline in ``seconds``; ``exposed_from``: what tells that it is exposed."""
        self._exposed_from = self._exposed_from or exposed_from
        self._phase = phase
        self._deadline = self._clock() + seconds
        self._send()

    def open(self, seconds: float) -> None:
        """The shutter of a bulb exposure stays open for ``seconds`` more."""
        self._send(seconds)

    def first_file(self) -> None:
        """The camera has reported a file of the shot: the exposure is over, and files are downloaded."""
        self._exposed_from = self._exposed_from or ExposureEnd.FILE
        if self._phase != "downloading":
            self._phase = "downloading"
            self._send()

    def fetching(self, size_bytes: int | None) -> None:
        """An object of that size (``None``: unknown) is being fetched, and another one may follow."""
        until = self._clock() + fetch_seconds(size_bytes) + SECOND_OBJECT_SECONDS
        if until > self._deadline:
            self._deadline = until
            self._send()

    def _send(self, exposure_seconds: float | None = None) -> None:
        self._outbox.send(
            CaptureProgressed(
                capture_id=self._capture_id,
                phase=self._phase,
                remaining_seconds=max(0.0, self._deadline - self._clock()),
                exposure_seconds=exposure_seconds,
                exposed_from=self._exposed_from,
            )
        )
