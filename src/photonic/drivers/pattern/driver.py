"""A camera that shows a test pattern and takes no photos."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from photonic.drivers.pattern.pattern import Pattern, stamped
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.card_messages import CardListed, ObjectsFetched
from photonic.worker.link.messages import CameraOpened, Facts
from photonic.worker.link.setting_messages import SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.model.focus import FocusAction
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Capture, Configure, Profiles
    from photonic.worker.link.setting_messages import LookAt
    from photonic.worker.roles import ParentLink

NO_PHOTOS = "a test pattern takes no photos: connect a camera, or try a simulated one (photonic demo)"


class PatternDriver:
    """The test pattern as a camera; implements ``worker.roles.Driver``. ``clock`` gives seconds of CLOCK_MONOTONIC."""

    def __init__(
        self,
        outbox: ParentLink,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._pause = pause
        self._pattern = Pattern()
        self._pictures: list[bytes] = []
        self._numbers = itertools.count(1)
        self._next_at = 0.0
        self._facts_sent = False

    def open(self, configure: Configure) -> CameraOpened:
        """Draw the frames. Raises ``BadInput`` for an invalid address."""
        self._pattern = Pattern.parse(configure.address)
        self._pictures = self._pattern.pictures()
        return CameraOpened(
            serial=f"PATTERN-{self._pattern.seed}",
            model="Test pattern",
            manufacturer="photonic",
            version="1",
            live_view=True,
            has_card=False,
            capture_target="ram",
        )

    def apply(self, profiles: Profiles) -> None:
        """Raise ``BadInput`` for any setting: a pattern has none."""
        for settings in (profiles.live, profiles.capture):
            for name in settings:
                raise BadInput(f"a test pattern has no {name}", field=name)

    def settings(self) -> SettingsRead:
        """The settings of a pattern: an empty list."""
        return SettingsRead(settings=())

    def change(self, values: Mapping[str, str]) -> None:
        """Raise ``BadInput`` for any setting: a pattern has none."""
        for name in values:
            raise BadInput(f"a test pattern has no {name}", field=name)

    def focus(self, action: FocusAction, size: int, steps: int) -> None:  # noqa: ARG002 - the role's signature
        """Raise ``BadInput``: a pattern has no lens."""
        raise BadInput("a test pattern has no lens", field="action")

    def look(self, wanted: LookAt) -> None:  # noqa: ARG002 - the role's signature
        """Raise ``CameraError``: NOT_SUPPORTED."""
        raise CameraError("a test pattern has no view options", kind=FailureKind.NOT_SUPPORTED)

    def start_preview(self) -> None:
        """Start the schedule: the first frame is due now."""
        self._next_at = self._clock()

    def stop_preview(self) -> None:
        """Do nothing: frames are produced only on request."""

    def preview(self) -> bytes | None:
        """The next frame, when it is due; frames that came due between two calls are skipped."""
        period = 1 / self._pattern.fps
        if (early := self._next_at - self._clock()) > 0:
            self._pause(early)
        now = self._clock()
        self._next_at += period * (1 + max(0.0, now - self._next_at) // period)
        number = next(self._numbers)
        return stamped(self._pictures[number % len(self._pictures)], number, int(now * 1e6))

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:  # noqa: ARG002 - the role's signature
        """Raise ``CaptureError``: NOT_SUPPORTED."""
        raise CaptureError(NO_PHOTOS, kind=FailureKind.NOT_SUPPORTED)

    def list_card(self) -> CardListed:
        """A pattern has no card."""
        return CardListed(card=None)

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:  # noqa: ARG002 - the role's signature
        """Do nothing: a pattern has no card."""
        return ObjectsFetched()

    def delete(self, wanted: CardObject) -> None:
        """Raise ``BadInput``: a pattern has no card."""
        raise BadInput(f"there is no {wanted.name}: a test pattern has no card")

    def settle(self) -> None:
        """Send the facts once: there is no card."""
        if not self._facts_sent:
            self._facts_sent = True
            self._outbox.send(Facts(storage_available=False))

    def reopenable(self, failure: CameraError) -> bool:  # noqa: ARG002 - the role's signature
        """Always true: a pattern can be redrawn after any failure."""
        return True

    def close(self) -> None:
        """Do nothing: nothing is open."""
