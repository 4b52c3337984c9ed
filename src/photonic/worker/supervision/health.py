"""Tracks whether the current camera has proved to work, and whether its abilities were read correctly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.worker.link.messages import CameraOpened, Facts, PreviewChanged

if TYPE_CHECKING:
    from photonic.worker.link.messages import Event


class SignsOfLife:
    """Proof that the camera works, collected from its frames, events and captures.

    Abilities are read once, when the camera is opened, and a reading can be corrupt. A doubtful reading is checked by
    reopening the camera once; if the second reading agrees, it is trusted until a frame or a photo arrives.

    ``shown``: the camera has shown live view before, even to an earlier supervisor. ``rechecked``: the camera was
    reopened because of a doubtful reading, and has neither sent a frame nor taken a photo since.

    ``reported_serial`` is what the newest opening read; ``serial`` what the last opening that proved to work had read.
    They differ because a corrupt serial number must not lock the right camera out.
    """

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.rechecked = False
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
        self.rechecked = False
        self.confirm_serial()

    def on_captured(self) -> None:
        """A photo was taken."""
        self.rechecked = False
        self.confirm_serial()

    def on_event(self, event: Event) -> None:
        """Learn from an event of the camera process."""
        match event:
            case CameraOpened():
                self._facts_received = self._preview_refused = self._frames_since_opening = False
            case Facts():
                self._facts_received = True
            case PreviewChanged():
                # A camera without live view proves by its facts that it works.
                self._preview_refused = event.blocked is not None or event.state == "unsupported"
                self._facts_received |= self._preview_refused
            case _:
                pass

    def doubt(self, event: Event) -> str | None:
        """Why the abilities of the open camera should be read again, after this event; ``None``: there is no reason."""
        match event:
            case CameraOpened(live_view=False) if self.shown:
                return "it reports no live view, but had it before"
            case PreviewChanged(blocked=FailureKind.BLOCKED) if self.shown and not self._frames_since_opening:
                return "it refuses live view, but had it before"
            case _:
                return None

    def proved(self, *, preview_expected: bool) -> bool:
        """Whether the camera works although it has sent no frame; if one is expected, only if live view is refused."""
        return self._facts_received and (self._preview_refused or not preview_expected)
