"""A scripted driver and its parent in virtual time: commands, frames and what is said of them."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from photonic.worker.child.driving import DriverLoop
from photonic.worker.link.card_messages import CardListed, ObjectsFetched
from photonic.worker.link.messages import (
    CameraOpened,
    Capture,
    Configure,
    Done,
    Failed,
    PreviewChanged,
    Profiles,
    Shutdown,
)
from photonic.worker.link.setting_messages import SettingsRead

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from photonic.errors import CameraError
    from photonic.model.focus import FocusAction
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import Command, Event
    from photonic.worker.link.setting_messages import LookAt
    from photonic.worker.roles import ParentLink

JPEG = b"\xff\xd8picture\xff\xd9"
OPENED = CameraOpened(
    serial="1", model="m", manufacturer="f", version="v", live_view=True, has_card=True, capture_target="card"
)
CONFIGURE = Configure(request=1, address="fake:")
FRAME_SECONDS = 0.1


class DriverLoopHarness:
    """Time, the commands of the parent, and everything that was said to it; the driver's behaviour as attributes."""

    def __init__(self) -> None:
        self.now = 10.0
        self.said: list[Event | bytes] = []
        self.calls: list[str] = []
        self.later: deque[tuple[float, Command]] = deque()
        self.pictures: Callable[[], bytes | None] = lambda: JPEG
        self.shot: Callable[[Capture], None] = lambda command: None
        self.refusals: dict[str, Exception] = {}
        self.outbox: ParentLink | None = None
        self.reopens = False
        self.loop: DriverLoop | None = None
        self.cancelled: Callable[[], bool] = lambda: False
        self._spoke_at = self.now

    # Outbox

    @property
    def silent_seconds(self) -> float:
        return self.now - self._spoke_at

    def send(self, message: Event) -> None:
        self._spoke_at = self.now
        self.said.append(message)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        self._spoke_at = self.now
        self.said.append(jpeg)

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:
        yield

    # Driver

    def open(self, configure: Configure) -> CameraOpened:
        assert configure.profiles is None
        self._call("open")
        return OPENED

    def apply(self, profiles: Profiles) -> None:
        self._call("apply")

    def start_preview(self) -> None:
        self._call("start_preview")

    def stop_preview(self) -> None:
        self._call("stop_preview")

    def preview(self) -> bytes | None:
        self.now += FRAME_SECONDS
        return self.pictures()

    def capture(self, command: Capture, cancelled: Callable[[], bool]) -> None:
        self._call("capture")
        self.cancelled = cancelled
        self.shot(command)

    def settings(self) -> SettingsRead:
        self._call("settings")
        return SettingsRead(settings=())

    def change(self, values: Mapping[str, str]) -> None:
        self._call("change")

    def focus(self, action: FocusAction, size: int, steps: int) -> None:
        self._call("focus")

    def look(self, wanted: LookAt) -> None:
        self._call("look")

    def list_card(self) -> CardListed:
        self._call("list_card")
        return CardListed(card=None)

    def fetch(self, objects: Sequence[CardObject], staging: str) -> ObjectsFetched:
        self._call("fetch")
        return ObjectsFetched()

    def delete(self, wanted: CardObject) -> None:
        self._call("delete")

    def settle(self) -> None:
        pass

    def reopenable(self, failure: CameraError) -> bool:
        assert self.calls[-1] != "close"
        return self.reopens

    def close(self) -> None:
        self._call("close")

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.refusals:
            raise self.refusals[name]

    # The loop's queue

    def get_nowait(self) -> Command:
        if self.later and self.later[0][0] <= self.now:
            return self.later.popleft()[1]
        raise Empty

    def get(self, timeout: float | None = None) -> Command:
        if self.later and (timeout is None or self.later[0][0] <= self.now + timeout):
            at, command = self.later.popleft()
            self.now = max(self.now, at)
            return command
        self.now += timeout or 0.0
        raise Empty

    def drive(self, *commands: tuple[float, Command], until: float = 60.0) -> None:
        """Run the loop with commands at these seconds after its start, and ``Shutdown`` at the end."""
        self.later.extend((self.now + at, command) for at, command in ((0.0, CONFIGURE), *commands))
        self.later.append((self.now + until, Shutdown(request=99)))
        commands_queue: SimpleQueue[Command] = self  # pyright: ignore[reportAssignmentType]
        loop = self.loop = DriverLoop(self._make, self, commands_queue, clock=lambda: self.now)  # pyright: ignore[reportArgumentType]
        try:
            loop.run()
        finally:
            loop.close()

    def _make(self, outbox: ParentLink) -> DriverLoopHarness:
        self.outbox = outbox
        return self

    def views(self) -> list[str]:
        return [message.state for message in self.said if isinstance(message, PreviewChanged)]

    def answers(self) -> list[Done | Failed]:
        return [message for message in self.said if isinstance(message, Done | Failed)]


def failing(times: int, error: CameraError) -> Callable[[], bytes | None]:
    """Pictures of which the first ones are failures."""
    failures = [error] * times

    def picture() -> bytes:
        if failures:
            raise failures.pop()
        return JPEG

    return picture
