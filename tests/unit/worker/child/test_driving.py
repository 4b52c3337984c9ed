"""The child loop on a driver that follows a script, in virtual time: commands and their answers."""

from __future__ import annotations

import pytest
from tests.support.driven import JPEG, OPENED, World, failing

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.child.driving import FIRST_WAIT_SECONDS
from photonic.worker.link.card_messages import CardListed, FetchObjects, ListCard, ObjectsFetched
from photonic.worker.link.messages import (
    CameraFault,
    CancelCapture,
    Capture,
    Configure,
    Done,
    Failed,
    Idle,
    Note,
    Profiles,
    StartPreview,
    StopPreview,
)
from photonic.worker.link.setting_messages import ChangeSettings, LookAt, ReadSettings, SettingsRead


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


def test_a_camera_that_was_opened_reports_its_facts_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[float] = []
    monkeypatch.setattr(world, "settle", lambda: settled.append(world.now))
    opened = world.now
    world.drive(until=3.0)
    assert settled[0] - opened <= FIRST_WAIT_SECONDS


def test_rejected_profiles_do_not_prevent_opening_the_camera(world: World) -> None:
    world.refusals["apply"] = BadInput("no such ISO", field="iso")
    world.later.append((world.now, Configure(request=1, address="fake:", profiles=Profiles(live={"iso": "7"}))))
    world.drive(until=2.0)
    assert OPENED in world.said
    assert any(isinstance(message, Note) and "no such ISO" in message.text for message in world.said)


def test_a_broken_camera_ends_the_loop_with_its_reason_and_is_closed(world: World) -> None:
    world.refusals["capture"] = CameraError("the cable is out", code=-7)
    with pytest.raises(CameraError, match="cable"):
        world.drive((0.0, SHOOT))
    assert world.calls[-1] == "close"
    assert world.answers() == [Done(request=1)]


def test_after_a_failure_that_allows_it_the_process_waits_to_reopen_the_camera(world: World) -> None:
    world.reopens = True
    world.pictures = failing(1, CameraError("the cable shook", code=-7))
    again = Configure(request=7, address="fake:")
    world.drive((0.0, START), (3.0, StopPreview(request=6)), (10.0, again), (10.0, StartPreview(request=8)), until=15.0)
    fault = CameraFault(kind=FailureKind.CAMERA_FAULT, reason="the cable shook", code=-7, reopenable=True)
    assert world.calls == ["open", "start_preview", "close", "open", "start_preview", "close"]
    at = world.said.index(fault)
    assert world.said[:at].count(OPENED) == world.said[at:].count(OPENED) == 1
    assert [type(answer) for answer in world.answers()] == [Done, Done, Failed, Done, Done, Done]
    waiting = world.said[at : world.said.index(OPENED, at)]
    assert sum(isinstance(message, Idle) for message in waiting) >= 8
    assert JPEG in world.said[at:]


def test_a_reopened_camera_starts_live_view_only_on_request(world: World) -> None:
    world.reopens = True
    world.pictures = failing(1, CameraError("the cable shook", code=-7))
    world.drive((0.0, START), (2.0, Configure(request=7, address="fake:")), until=5.0)
    assert world.calls.count("open") == 2
    assert JPEG not in world.said


def test_a_camera_that_could_not_be_opened_may_be_tried_again_in_the_same_process(world: World) -> None:
    world.reopens = True
    world.refusals["open"] = CameraError("not yet", code=-10)
    world.drive((1.0, Configure(request=2, address="fake:")), until=3.0)
    assert world.calls == ["open", "close", "open", "close"]
    assert world.answers() == [Done(request=99)]


def test_a_capture_is_cancelled_while_it_is_taken(world: World) -> None:
    def shot(command: Capture) -> None:
        assert world.loop is not None
        assert not world.cancelled()
        world.loop.cancel("another")
        assert not world.cancelled()
        world.loop.cancel(command.capture_id)
        assert world.cancelled()
        raise CaptureError("given up", kind=FailureKind.CANCELLED)

    world.shot = shot
    world.drive((0.0, SHOOT), (0.0, CancelCapture(request=4, capture_id="c")), until=2.0)
    assert [type(answer) for answer in world.answers()] == [Done, Failed, Done, Done]
    # The next capture may have the same id.
    assert not world.cancelled()


def test_an_invalid_address_is_reported_as_bad_input(world: World) -> None:
    world.refusals["open"] = BadInput("what is that", field="address")
    with pytest.raises(CameraError) as refused:
        world.drive()
    assert refused.value.kind is FailureKind.BAD_INPUT


def test_an_error_while_closing_is_reported_and_otherwise_ignored(world: World) -> None:
    world.refusals["close"] = RuntimeError("stuck mirror")
    world.drive(until=1.0)
    assert any(isinstance(message, Note) and "stuck mirror" in message.text for message in world.said)
    assert world.answers()[-1] == Done(request=99)


def test_each_answer_carries_what_its_command_asked_for(world: World) -> None:
    world.drive(
        (0.0, ReadSettings(request=2)),
        (0.0, ChangeSettings(request=3, values={"iso": "400"})),
        (0.0, ListCard(request=4)),
        (0.0, FetchObjects(request=5, objects=(), staging="/s")),
        (0.0, LookAt(request=6)),
        until=2.0,
    )
    results = {answer.request: answer.result for answer in world.answers() if isinstance(answer, Done)}
    settings = SettingsRead(settings=())
    listed = CardListed(card=None)
    assert results == {1: None, 2: settings, 3: settings, 4: listed, 5: ObjectsFetched(), 6: None, 99: None}
