"""Tracks whether the current camera has proved to work, and whether its abilities were read correctly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.worker.link.messages import CameraOpened, Facts, PreviewChanged

if TYPE_CHECKING:
    from photonic.worker.link.messages import Event


RECHECK_SECONDS = (0.0, 20.0, 60.0)
"""From a doubt, or from the reopening before, to the next one."""


class SignsOfLife:
    """Proof that the camera works, collected from its frames, events and captures.

    Abilities are read once, when the camera is opened, and a reading can be corrupt. A doubtful reading is checked by
    reopening the camera, after each of ``RECHECK_SECONDS``: what garbled the first reading may last. If all readings
    agree, they are trusted until a frame or a photo arrives.

    ``shown``: the camera has shown live view before, even to an earlier supervisor.

    ``reported_serial`` is what the newest opening read; ``serial`` what the last opening that proved to work had read.
    They differ because a corrupt serial number must not lock the right camera out.
    """

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self._doubt: str | None = None
        self._rechecks = 0
        self._recheck_at = 0.0
        self.reported_serial: str | None = None
        self.serial: str | None = None
        self._facts_received = False
        self._preview_refused = False
        self._frames_since_opening = False

    def confirm_serial(self) -> None:
        """The camera works: its serial number was read correctly."""
        self.serial = self.reported_serial

    def on_frame(self) -> None:
        """A frame has arrived."""
        self.shown = self._frames_since_opening = True
        self._trust()

    def on_captured(self) -> None:
        """A photo was taken."""
        self._trust()

    def on_event(self, event: Event) -> None:
        """Learn from an event of the camera process."""
        match event:
            case CameraOpened():
                self._facts_received = self._preview_refused = self._frames_since_opening = False
                self._doubt = None
            case Facts():
                self._facts_received = True
            case PreviewChanged():
                # A camera without live view proves by its facts that it works.
                self._preview_refused = event.blocked is not None or event.state == "unsupported"
                self._facts_received |= self._preview_refused
            case _:
                pass

        match event:
            case CameraOpened(live_view=False) if self.shown:
                self.doubt("it reports no live view, but had it before")
            case PreviewChanged(blocked=FailureKind.BLOCKED) if self.shown and not self._frames_since_opening:
                self.doubt("it refuses live view, but had it before")
            case _:
                pass

    def doubt(self, why: str) -> None:
        """The abilities of the open camera may have been misread."""
        self._doubt = why

    def recheck(self, now: float) -> str | None:
        """Why the abilities have to be read again now, which is counted as done; ``None``: they have not."""
        if self._doubt is None or self._rechecks == len(RECHECK_SECONDS):
            return None
        if self._rechecks and now < self._recheck_at:
            return None
        self._rechecks += 1
        if self._rechecks < len(RECHECK_SECONDS):
            self._recheck_at = now + RECHECK_SECONDS[self._rechecks]
        why, self._doubt = self._doubt, None
        return why

    def _trust(self) -> None:
        self._doubt, self._rechecks = None, 0
        self.confirm_serial()

    def proved(self, *, preview_expected: bool) -> bool:
        """Whether the camera works although it has sent no frame; if one is expected, only if live view is refused."""
        return self._facts_received and (self._preview_refused or not preview_expected)
