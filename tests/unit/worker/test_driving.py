"""The child loop on a driver that follows a script, in virtual time: commands, frames and what is said of them."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.driving import DriverLoop
from photonic.worker.messages import (
    ApplyProfiles,
    Capture,
    Captured,
    CaptureProgress,
    CardListed,
    Configure,
    Done,
    Failed,
    Idle,
    Note,
    Opened,
    PreviewChanged,
    Profiles,
    Shutdown,
    StartPreview,
    StopPreview,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from photonic.worker.messages import CardObject, Command, Event
    from photonic.worker.roles import Outbox

JPEG = b"\xff\xd8picture\xff\xd9"
OPENED = Opened(
    serial="1", model="m", manufacturer="f", version="v", live_view=True, has_card=True, capture_target="card"
)
CONFIGURE = Configure(request=1, address="fake:")
FRAME_SECONDS = 0.1


class World:
    """Time, the commands of the parent, and everything that was said to it; the driver's behaviour as attributes."""

    def __init__(self) -> None:
        self.now = 10.0
        self.said: list[Event | bytes] = []
        self.calls: list[str] = []
        self.later: deque[tuple[float, Command]] = deque()
        self.pictures: Callable[[], bytes | None] = lambda: JPEG
        self.shot: Callable[[Capture], None] = lambda command: None
        self.refusals: dict[str, Exception] = {}
        self.outbox: Outbox | None = None
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

    def open(self, configure: Configure) -> Opened:
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
        self.shot(command)

    def list_card(self) -> CardListed:
        self._call("list_card")
        return CardListed(card=None)

    def fetch(self, objects: Sequence[CardObject], staging: str) -> None:
        self._call("fetch")

    def delete(self, wanted: CardObject) -> None:
        self._call("delete")

    def settle(self) -> None:
        pass

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
        loop = DriverLoop(self._make, self, commands_queue, clock=lambda: self.now)  # pyright: ignore[reportArgumentType]
        try:
            loop.run()
        finally:
            loop.close()

    def _make(self, outbox: Outbox) -> World:
        self.outbox = outbox
        return self

    def views(self) -> list[str]:
        return [message.state for message in self.said if isinstance(message, PreviewChanged)]

    def answers(self) -> list[Done | Failed]:
        return [message for message in self.said if isinstance(message, Done | Failed)]


@pytest.fixture
def world() -> World:
    return World()


START = StartPreview(request=2)
SHOOT = Capture(request=3, capture_id="c", staging="/s")


def test_the_camera_is_opened_closed_and_both_are_answered(world: World) -> None:
    world.drive(until=3.0)
    assert world.calls == ["open", "close"]
    assert world.said[0] == OPENED
    assert world.answers() == [Done(request=1), Done(request=99)]


def test_an_idle_camera_gives_a_sign_of_life_every_second(world: World) -> None:
    world.drive(until=10.0)
    assert sum(isinstance(message, Idle) for message in world.said) >= 9


def test_running_is_said_right_before_the_first_valid_frame(world: World) -> None:
    pictures = iter([None, b"", b"\xff\xd8cut"])
    world.pictures = lambda: next(pictures, JPEG)
    world.drive((0.0, START), until=1.0)
    first = world.said.index(JPEG)
    assert world.said[first - 1] == PreviewChanged(state="running")
    assert world.views()[:2] == ["starting", "running"]
    assert b"" not in world.said


def test_live_view_that_is_healthy_is_not_started_twice(world: World) -> None:
    world.drive((0.0, START), (5.0, StartPreview(request=4)), until=6.0)
    assert world.calls.count("start_preview") == 1
    assert Done(request=4) in world.answers()


def test_live_view_that_is_stuck_is_started_anew_on_demand(world: World) -> None:
    stuck_at = world.now + 5.0
    world.pictures = lambda: JPEG if world.now < stuck_at else _slow(world, 0.9)
    world.drive((0.0, START), (7.5, StartPreview(request=4)), until=7.6)
    assert world.calls.count("start_preview") == 2
    assert world.views()[-1] == "starting"


def _slow(world: World, seconds: float) -> None:
    world.now += seconds


def test_off_means_off(world: World) -> None:
    world.drive((0.0, START), (2.0, StopPreview(request=4)), until=5.0)
    assert world.views() == ["starting", "running", "off"]
    frames_after = world.said[world.said.index(PreviewChanged(state="off")) :]
    assert JPEG not in frames_after


def test_a_capture_pauses_live_view_until_its_first_fresh_frame(world: World) -> None:
    def shot(command: Capture) -> None:
        assert world.outbox is not None
        world.outbox.send(CaptureProgress(capture_id="c", phase="exposing", remaining_seconds=30.0))
        world.now += 20.0
        world.outbox.send(Captured(capture_id="c"))

    world.shot = shot
    world.drive((0.0, START), (1.0, SHOOT), until=25.0)
    pauses = [message for message in world.said if isinstance(message, PreviewChanged) and message.state == "paused"]
    begun, ended = world.said.index(pauses[0]), world.said.index(Done(request=3))
    assert JPEG not in world.said[begun:ended]
    assert 30.0 < (pauses[1].resume_by_seconds or 0.0) < 40.0
    assert world.views()[-1] == "running"
    assert world.said[ended + 1 :][:2] == [PreviewChanged(state="running"), JPEG]
    assert world.calls.count("start_preview") == 1


def test_a_capture_without_live_view_says_nothing_of_live_view(world: World) -> None:
    world.drive((0.0, SHOOT), until=2.0)
    assert world.views() == []


def test_a_capture_that_fails_leaves_live_view_going(world: World) -> None:
    world.refusals["capture"] = CaptureError("no focus", kind=FailureKind.AUTOFOCUS_FAILED)
    world.drive((0.0, START), (1.0, SHOOT), until=3.0)
    assert Failed(request=3, kind=FailureKind.AUTOFOCUS_FAILED, reason="no focus") in world.answers()
    assert world.views()[-1] == "running"


def test_without_frames_live_view_is_started_anew_and_then_the_process_gives_up(world: World) -> None:
    world.pictures = lambda: None
    with pytest.raises(CameraError, match="no valid frame"):
        world.drive((0.0, START))
    assert world.calls == ["open", "start_preview", "start_preview", "start_preview", "close"]
    assert world.views() == ["starting", "recovering", "recovering"]


def test_captures_do_not_hide_a_live_view_that_never_comes_back(world: World) -> None:
    good_until = world.now + 1.0
    world.pictures = lambda: JPEG if world.now < good_until else None
    shots = [(1.0 + number, Capture(request=10 + number, capture_id="c", staging="/s")) for number in range(30)]
    with pytest.raises(CameraError, match="no valid frame"):
        world.drive((0.0, START), *shots)


def test_settings_that_the_camera_does_not_know_are_refused_and_nothing_ends(world: World) -> None:
    world.refusals["apply"] = BadInput("no such ISO", field="iso", choices=("100",))
    world.drive((0.0, ApplyProfiles(request=5, profiles=Profiles())), until=2.0)
    assert (
        Failed(request=5, kind=FailureKind.BAD_INPUT, reason="no such ISO", field="iso", choices=("100",))
        in world.answers()
    )


def test_settings_from_before_do_not_keep_the_camera_out(world: World) -> None:
    world.refusals["apply"] = BadInput("no such ISO", field="iso")
    world.later.append((world.now, Configure(request=1, address="fake:", profiles=Profiles(live={"iso": "7"}))))
    world.drive(until=2.0)
    assert OPENED in world.said
    assert any(isinstance(message, Note) and "no such ISO" in message.text for message in world.said)


def test_no_live_view_is_an_answer_and_no_end(world: World) -> None:
    world.refusals["start_preview"] = CameraError("none here", kind=FailureKind.NOT_SUPPORTED)
    world.drive((0.0, START), (1.0, SHOOT), until=3.0)
    assert Failed(request=2, kind=FailureKind.NOT_SUPPORTED, reason="none here") in world.answers()
    assert world.views() == ["starting", "unsupported"]
    assert Done(request=3) in world.answers()


def test_a_broken_camera_ends_the_loop_with_its_reason_and_is_closed(world: World) -> None:
    world.refusals["capture"] = CameraError("the cable is out", code=-7)
    with pytest.raises(CameraError, match="cable"):
        world.drive((0.0, SHOOT))
    assert world.calls[-1] == "close"
    assert world.answers() == [Done(request=1)]


def test_an_address_that_is_none_is_told_as_bad_input(world: World) -> None:
    world.refusals["open"] = BadInput("what is that", field="address")
    with pytest.raises(CameraError) as refused:
        world.drive()
    assert refused.value.kind is FailureKind.BAD_INPUT


def test_an_error_while_closing_is_told_and_ends_nothing_more(world: World) -> None:
    world.refusals["close"] = RuntimeError("stuck mirror")
    world.drive(until=1.0)
    assert any(isinstance(message, Note) and "stuck mirror" in message.text for message in world.said)
    assert world.answers()[-1] == Done(request=99)
