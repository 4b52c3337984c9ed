"""What is said of the camera while it fails, recovers, refuses live view and is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import OPENED
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import CameraError, FailureKind
from photonic.model.status import CameraState
from photonic.service.camera.connection import CameraConnection
from photonic.service.camera.reasons import STARTING
from photonic.worker.link.messages import PreviewChanged, Profiles
from photonic.worker.supervision.history import AttemptOutcome

if TYPE_CHECKING:
    from photonic.service.camera.supervision import CameraSupervisor


class Changes:
    """Counts what viewers would be told of."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def _never(profiles: Profiles) -> CameraSupervisor:
    raise AssertionError("nothing is started here")


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def camera(changes: Changes) -> CameraConnection:
    return CameraConnection("booth", _never, time=THIS_MACHINE.time, on_change=changes)


def _reported(camera: CameraConnection) -> tuple[CameraState, str | None, int]:
    return camera.state, camera.reason.text if camera.reason else None, camera.rung


def test_a_new_camera_is_being_opened_and_then_ready(camera: CameraConnection) -> None:
    assert _reported(camera) == (CameraState.STARTING, STARTING.text, 0)
    camera.on_opened(OPENED)
    assert _reported(camera) == (CameraState.READY, None, 0)


def test_an_open_camera_goes_on_recovering_until_it_is_proven(camera: CameraConnection, changes: Changes) -> None:
    camera.on_opened(OPENED)
    for rung in (2, 4):
        camera.on_outage(CameraError("the cable shook"), rung)
        assert _reported(camera) == (CameraState.RECOVERING, "the cable shook", rung)
        assert not camera.readiness().ready
        camera.on_opened(OPENED)
        assert _reported(camera) == (CameraState.RECOVERING, "the cable shook", rung)
        # A capture need not wait for the proof.
        assert camera.readiness().ready
    before = changes.count
    camera.on_recovered()
    assert _reported(camera) == (CameraState.READY, None, 0)
    assert changes.count > before
    assert [(attempt.rung, attempt.outcome) for attempt in camera.history.attempts] == [
        (2, AttemptOutcome.IN_VAIN),
        (4, AttemptOutcome.WORKED),
    ]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (FailureKind.CAMERA_ABSENT, CameraState.ABSENT),
        (FailureKind.BLOCKED, CameraState.BLOCKED),
        (FailureKind.BATTERY_LOW, CameraState.BLOCKED),
        (FailureKind.NO_CARD, CameraState.BLOCKED),
        (FailureKind.CAMERA_STORAGE_FULL, CameraState.BLOCKED),
        (FailureKind.BAD_INPUT, CameraState.BLOCKED),
        (FailureKind.TIMEOUT, CameraState.RECOVERING),
        (FailureKind.CAMERA_FAULT, CameraState.RECOVERING),
    ],
)
def test_what_is_outside_the_ladder_has_a_state_of_its_own_and_no_rung(
    camera: CameraConnection, kind: FailureKind, state: CameraState
) -> None:
    camera.on_outage(CameraError("see to it", kind=kind), 0)
    assert _reported(camera) == (state, "see to it", 0)
    assert (camera.readiness().refusal is None) == (state is CameraState.RECOVERING)
    camera.on_opened(OPENED)
    assert _reported(camera) == (CameraState.READY, None, 0)


def test_a_camera_that_refuses_live_view_is_blocked_but_takes_photos(camera: CameraConnection) -> None:
    camera.on_opened(OPENED)
    camera.on_preview(PreviewChanged(state="recovering", reason="too hot", blocked=FailureKind.BLOCKED))
    assert _reported(camera) == (CameraState.BLOCKED, "too hot", 0)
    assert camera.readiness().ready
    assert camera.readiness().refusal is None
    camera.on_preview(PreviewChanged(state="running"))
    assert _reported(camera) == (CameraState.READY, None, 0)


def test_a_refusal_ends_with_the_process(camera: CameraConnection) -> None:
    camera.on_opened(OPENED)
    camera.on_preview(PreviewChanged(state="recovering", reason="too hot", blocked=FailureKind.BLOCKED))
    camera.on_outage(CameraError("it hung"), 4)
    camera.on_opened(OPENED)
    camera.on_recovered()
    assert _reported(camera) == (CameraState.READY, None, 0)


def test_a_restart_of_live_view_is_shown_with_its_rung(camera: CameraConnection) -> None:
    camera.on_opened(OPENED)
    camera.on_preview(PreviewChanged(state="recovering", reason="no valid frame", rung=1))
    assert _reported(camera) == (CameraState.READY, None, 1)
    camera.on_preview(PreviewChanged(state="running"))
    assert camera.rung == 0
