"""The child loop on a driver that follows a script, in virtual time: commands and their answers."""

from __future__ import annotations

import pytest
from tests.support.driven import JPEG, OPENED, DriverLoopHarness, failing

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
def harness() -> DriverLoopHarness:
    return DriverLoopHarness()


START = StartPreview(request=2)
SHOOT = Capture(request=3, capture_id="c", staging="/s")


def test_the_camera_is_opened_closed_and_both_are_answered(harness: DriverLoopHarness) -> None:
    harness.drive(until=3.0)
    assert harness.calls == ["open", "close"]
    assert harness.said[0] == OPENED
    assert harness.answers() == [Done(request=1), Done(request=99)]


def test_an_idle_camera_gives_a_sign_of_life_every_second(harness: DriverLoopHarness) -> None:
    harness.drive(until=10.0)
    assert sum(isinstance(message, Idle) for message in harness.said) >= 9


def test_a_camera_that_was_opened_reports_its_facts_at_once(
    harness: DriverLoopHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[float] = []
    monkeypatch.setattr(harness, "settle", lambda: settled.append(harness.now))
    opened = harness.now
    harness.drive(until=3.0)
    assert settled[0] - opened <= FIRST_WAIT_SECONDS


def test_rejected_profiles_do_not_prevent_opening_the_camera(harness: DriverLoopHarness) -> None:
    harness.refusals["apply"] = BadInput("no such ISO", field="iso")
    harness.later.append((harness.now, Configure(request=1, address="fake:", profiles=Profiles(live={"iso": "7"}))))
    harness.drive(until=2.0)
    assert OPENED in harness.said
    assert any(isinstance(message, Note) and "no such ISO" in message.text for message in harness.said)


def test_a_broken_camera_ends_the_loop_with_its_reason_and_is_closed(harness: DriverLoopHarness) -> None:
    harness.refusals["capture"] = CameraError("the cable is out", code=-7)
    with pytest.raises(CameraError, match="cable"):
        harness.drive((0.0, SHOOT))
    assert harness.calls[-1] == "close"
    assert harness.answers() == [Done(request=1)]


def test_after_a_failure_that_allows_it_the_process_waits_to_reopen_the_camera(harness: DriverLoopHarness) -> None:
    harness.reopens = True
    harness.pictures = failing(1, CameraError("the cable shook", code=-7))
    again = Configure(request=7, address="fake:")
    harness.drive(
        (0.0, START), (3.0, StopPreview(request=6)), (10.0, again), (10.0, StartPreview(request=8)), until=15.0
    )
    fault = CameraFault(kind=FailureKind.CAMERA_FAULT, reason="the cable shook", code=-7, reopenable=True)
    assert harness.calls == ["open", "start_preview", "close", "open", "start_preview", "close"]
    at = harness.said.index(fault)
    assert harness.said[:at].count(OPENED) == harness.said[at:].count(OPENED) == 1
    assert [type(answer) for answer in harness.answers()] == [Done, Done, Failed, Done, Done, Done]
    waiting = harness.said[at : harness.said.index(OPENED, at)]
    assert sum(isinstance(message, Idle) for message in waiting) >= 8
    assert JPEG in harness.said[at:]


def test_a_reopened_camera_starts_live_view_only_on_request(harness: DriverLoopHarness) -> None:
    harness.reopens = True
    harness.pictures = failing(1, CameraError("the cable shook", code=-7))
    harness.drive((0.0, START), (2.0, Configure(request=7, address="fake:")), until=5.0)
    assert harness.calls.count("open") == 2
    assert JPEG not in harness.said


def test_a_camera_that_could_not_be_opened_may_be_tried_again_in_the_same_process(harness: DriverLoopHarness) -> None:
    harness.reopens = True
    harness.refusals["open"] = CameraError("not yet", code=-10)
    harness.drive((1.0, Configure(request=2, address="fake:")), until=3.0)
    assert harness.calls == ["open", "close", "open", "close"]
    assert harness.answers() == [Done(request=99)]


def test_a_capture_is_cancelled_while_it_is_taken(harness: DriverLoopHarness) -> None:
    def shot(command: Capture) -> None:
        assert harness.loop is not None
        assert not harness.cancelled()
        harness.loop.cancel("another")
        assert not harness.cancelled()
        harness.loop.cancel(command.capture_id)
        assert harness.cancelled()
        raise CaptureError("given up", kind=FailureKind.CANCELLED)

    harness.shot = shot
    harness.drive((0.0, SHOOT), (0.0, CancelCapture(request=4, capture_id="c")), until=2.0)
    assert [type(answer) for answer in harness.answers()] == [Done, Failed, Done, Done]
    # The next capture may have the same id.
    assert not harness.cancelled()


def test_an_invalid_address_is_reported_as_bad_input(harness: DriverLoopHarness) -> None:
    harness.refusals["open"] = BadInput("what is that", field="address")
    with pytest.raises(CameraError) as refused:
        harness.drive()
    assert refused.value.kind is FailureKind.BAD_INPUT


def test_an_error_while_closing_is_reported_and_otherwise_ignored(harness: DriverLoopHarness) -> None:
    harness.refusals["close"] = RuntimeError("stuck mirror")
    harness.drive(until=1.0)
    assert any(isinstance(message, Note) and "stuck mirror" in message.text for message in harness.said)
    assert harness.answers()[-1] == Done(request=99)


def test_each_answer_carries_what_its_command_asked_for(harness: DriverLoopHarness) -> None:
    harness.drive(
        (0.0, ReadSettings(request=2)),
        (0.0, ChangeSettings(request=3, values={"iso": "400"})),
        (0.0, ListCard(request=4)),
        (0.0, FetchObjects(request=5, objects=(), staging="/s")),
        (0.0, LookAt(request=6)),
        until=2.0,
    )
    results = {answer.request: answer.result for answer in harness.answers() if isinstance(answer, Done)}
    settings = SettingsRead(settings=())
    listed = CardListed(card=None)
    assert results == {1: None, 2: settings, 3: settings, 4: listed, 5: ObjectsFetched(), 6: None, 99: None}
