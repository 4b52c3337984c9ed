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
    """In the role that ``worker.roles`` describes. ``clock`` gives seconds of CLOCK_MONOTONIC."""

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
        self._told = False

    def open(self, configure: Configure) -> CameraOpened:
        """Draw the pictures. Raises ``BadInput`` for an address that is none."""
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
        """A pattern has no settings. Raises ``BadInput`` when there are any to hold."""
        for settings in (profiles.live, profiles.capture):
            for name in settings:
                raise BadInput(f"a test pattern has no {name}", field=name)

    def settings(self) -> SettingsRead:
        """None."""
        return SettingsRead(settings=())

    def change(self, values: Mapping[str, str]) -> None:
        """A pattern has no settings. Raises ``BadInput``."""
        for name in values:
            raise BadInput(f"a test pattern has no {name}", field=name)

    def focus(self, action: FocusAction, size: int, steps: int) -> None:  # noqa: ARG002 - the role's signature
        """A pattern has no lens. Raises ``BadInput``."""
        raise BadInput("a test pattern has no lens", field="action")

    def look(self, wanted: LookAt) -> None:  # noqa: ARG002 - the role's signature
        """Raises ``CameraError``: NOT_SUPPORTED."""
        raise CameraError("a test pattern is shown as it is", kind=FailureKind.NOT_SUPPORTED)

    def start_preview(self) -> None:
        """Frames from now on."""
        self._next_at = self._clock()

    def stop_preview(self) -> None:
        """No frames."""

    def preview(self) -> bytes | None:
        """The next frame, when it is due; those that were due while nobody asked are left out, not made up for."""
        period = 1 / self._pattern.fps
        if (early := self._next_at - self._clock()) > 0:
            self._pause(early)
        now = self._clock()
        self._next_at += period * (1 + max(0.0, now - self._next_at) // period)
        number = next(self._numbers)
        return stamped(self._pictures[number % len(self._pictures)], number, int(now * 1e6))

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:  # noqa: ARG002 - the role's signature
        """Raises ``CaptureError``: NOT_SUPPORTED."""
        raise CaptureError(NO_PHOTOS, kind=FailureKind.NOT_SUPPORTED)

    def list_card(self) -> CardListed:
        """There is no card."""
        return CardListed(card=None)

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:  # noqa: ARG002 - the role's signature
        """There is nothing to fetch."""
        return ObjectsFetched()

    def delete(self, wanted: CardObject) -> None:
        """Raises ``BadInput``."""
        raise BadInput(f"there is no {wanted.name}: a test pattern has no card")

    def settle(self) -> None:
        """Tell the facts, once: there are none."""
        if not self._told:
            self._told = True
            self._outbox.send(Facts(storage_available=False))

    def reopenable(self, failure: CameraError) -> bool:  # noqa: ARG002 - the role's signature
        """Whatever failed, a pattern can be drawn anew."""
        return True

    def close(self) -> None:
        """Nothing is left open."""
