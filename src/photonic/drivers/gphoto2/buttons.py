"""What is held down on the body from here: on record before it goes down, let go whatever comes after.

A shutter that stays open blocks the camera for everybody, until somebody switches it off. So each press is written to
a file first (``pending_restore``), and whatever ends it, an error, a cancellation, a process that is killed, lets go
of it: this process does while it can, the next one before it does anything else.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.loan import Loan
from photonic.errors import CameraError
from photonic.worker.link.messages import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.drivers.gphoto2.camera import GphotoCamera
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.worker.roles import ParentLink

LET_GO_SECONDS = 5.0
"""How long a release is asked for before anything else is done; a body that writes its buffer is busy for as long."""

LET_GO_POLL_SECONDS = 0.1
AGAIN_SECONDS = 1.0
GIVE_UP_SECONDS = 60.0
"""After this the body has let go by itself, or it never will: asking on would be of no use to anybody."""

CANON_RELEASE = "eosremoterelease"
CANON_PRESS_WITHOUT_FOCUS = ("Press Full MF", "Immediate")
CANON_LET_GO = ("Release", "Release Full")
"""Operation 0x9128 (3, 1) and 0x9129, by the names of libgphoto2 2.5.34 and of earlier ones (``config.c``)."""

BULB = "bulb"
"""An action of libgphoto2 (2.5.34 ``config.c``): 1 opens the shutter, 0 closes it. An EOS has it beside its button."""

NIKON_FOCUS = "autofocus"
"""Whether the release focuses first (2.5.34 ``library.c``, ``ptp2`` setting ``autofocus``)."""

DEPTH_OF_FIELD = "depthoffield"
"""An EOS closes its aperture while this is 1, as with its depth-of-field button held."""

BUTTON_LEFT = "the camera did not let its shutter button go; if it stays busy, switch it off and on"
_LEFT = {
    CANON_RELEASE: BUTTON_LEFT,
    BULB: BUTTON_LEFT,
    DEPTH_OF_FIELD: "the camera did not open its aperture; switch it off and on",
    NIKON_FOCUS: "autofocus could not be switched on again; switch the camera off and on",
}


@dataclass(frozen=True, slots=True)
class Button:
    """An entry of the configuration that holds something: ``down`` takes it, ``up`` lets it go."""

    name: str
    down: str | int
    up: str | int


class Buttons:
    """The buttons of one open camera. ``clock`` and ``pause`` are seconds, monotonic."""

    def __init__(
        self,
        camera: GphotoCamera,
        configuration: Configuration,
        outbox: ParentLink,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._camera = camera
        self._configuration = configuration
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._pending_restore = Loan(None, "")
        self._stuck: dict[str, str | int] = {}
        self._again_at = self._give_up_at = 0.0
        self._canon: tuple[Button | None] | None = None

    @property
    def canon(self) -> Button | None:
        """An EOS's shutter button, pressed without focusing; ``None``: this camera has none."""
        if self._canon is None:
            entry = self._configuration.read(CANON_RELEASE)
            words = () if entry is None else entry.choices
            down, up = (_first(words, names) for names in (CANON_PRESS_WITHOUT_FOCUS, CANON_LET_GO))
            self._canon = (None if down is None or up is None else Button(CANON_RELEASE, down, up),)
        return self._canon[0]

    def owe(self, pending_restore: Loan) -> None:
        """Keep there what is held down from now on, and let go of what an earlier process held.

        Raises ``CameraError`` where the connection broke.
        """
        self._pending_restore = pending_restore
        held = pending_restore.held()
        if CANON_RELEASE in held:
            self._agree_on_target()
        for name, up in held.items():
            if (why := self._let_go(name, up)) is not None:
                self._outbox.send(Note(level="warning", text=why))

    def press(self, button: Button, limit_seconds: float) -> None:
        """Press it: the caller lets it go. ``limit_seconds``: the most that the camera may take to answer.

        Raises ``CameraError``: it is let go of again.
        """
        self.goes_down(button)
        try:
            self._camera.write(button.name, button.down, limit_seconds)
        except CameraError:
            self.abandon(button)
            raise
        finally:
            self._configuration.doubt()

    def let_go(self, button: Button) -> str | None:
        """Let it go, asked for as long as the camera refuses; why it did not work: it is asked again later then.

        Raises ``CameraError`` where the connection broke; the next process lets it go.
        """
        return self._let_go(button.name, button.up)

    def abandon(self, button: Button) -> None:
        """Let it go as far as the connection allows, on the way out of an error that says more."""
        if not self._camera.connected:
            return
        try:
            self._let_go(button.name, button.up)
        except CameraError as error:
            self._outbox.send(Note(level="warning", text=f"{_LEFT[button.name]} ({error.reason})"))

    @contextmanager
    def pressed_by_library(self) -> Generator[None]:
        """The library presses the shutter button and lets it go in one call, unless it does not come back from it."""
        button = self.canon
        if button is None:
            yield
            return
        self.goes_down(button)
        try:
            yield
        except CameraError as error:
            if faults.connection_good(error):
                self.is_up(button.name)
            raise
        self.is_up(button.name)

    def settle(self) -> None:
        """Ask again for what was not let go. Nearly free when there is none.

        Raises ``CameraError`` where the connection broke.
        """
        if not self._stuck or self._clock() < self._again_at:
            return
        self._again_at = self._clock() + AGAIN_SECONDS
        for name, up in tuple(self._stuck.items()):
            try:
                self._write(name, up)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                if self._clock() >= self._give_up_at:
                    self.is_up(name)
                    self._outbox.send(Note(level="error", text=f"{_LEFT[name]} ({error.reason})"))
            else:
                self.is_up(name)

    def end(self) -> None:
        """The camera is left: a last try. Raises ``CameraError`` where the connection broke."""
        self._again_at = 0.0
        self.settle()

    def goes_down(self, button: Button) -> None:
        """Note that it is pressed next, by somebody else than ``press``."""
        try:
            self._pending_restore.hold(button.name, button.up)
        except OSError as error:
            text = f"a press of {button.name} is not on record, a killed process leaves it down: {error}"
            self._outbox.send(Note(level="warning", text=text))

    def _agree_on_target(self) -> None:
        """Have the library note the capture target that the camera has: a busy body takes no other one.

        With each word for an EOS's button the library sets the target that it has noted, RAM where it has none yet
        (2.5.34 ``config.c``, ``camera_canon_eos_update_capture_target``).
        """
        target = self._configuration.read("capturetarget")
        for choice in () if target is None else (target.value, *target.choices):
            try:
                self._camera.write("capturetarget", choice)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
            else:
                break
        self._configuration.doubt()

    def _let_go(self, name: str, up: str | int) -> str | None:
        until = self._clock() + LET_GO_SECONDS
        while True:
            try:
                self._write(name, up)
            except CameraError as error:
                if not faults.connection_good(error):
                    raise
                if error.code not in faults.PASSING or self._clock() >= until:
                    self._stuck[name] = up
                    self._again_at = self._clock() + AGAIN_SECONDS
                    self._give_up_at = self._clock() + GIVE_UP_SECONDS
                    return f"{_LEFT.get(name, name)} ({error.reason})"
                self._pause(LET_GO_POLL_SECONDS)
            else:
                self.is_up(name)
                return None

    def _write(self, name: str, up: str | int) -> None:
        try:
            self._camera.write(name, up)
        finally:
            self._configuration.doubt()

    def is_up(self, name: str) -> None:
        """Note that nothing holds it any more."""
        self._stuck.pop(name, None)
        self._pending_restore.let_go(name)


def _first(words: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in words), None)
