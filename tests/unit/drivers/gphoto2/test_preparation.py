"""What an EOS refuses although it lists it: calls repeated after a preparation, and a preparation that never works."""

from __future__ import annotations

import pytest

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.makers.canon import CANON, REMOTE_RELEASE
from photonic.drivers.gphoto2.preparation import Preparation
from photonic.errors import CameraError

assert CANON.preparation is not None
ENTRY = CANON.preparation.name
UNKNOWN = CameraError("the camera cannot do this", code=faults.NOT_SUPPORTED)
BROKEN = CameraError("the connection broke", code=faults.IO)


class Body:
    """``answers``: what each call ends with, ``None`` is success."""

    def __init__(self, *answers: CameraError | None, eos: bool = True, refuses: CameraError | None = None) -> None:
        self.answers = list(answers)
        self.refuses = refuses
        self.entries = {REMOTE_RELEASE: Setting(REMOTE_RELEASE, "None")} if eos else {}
        self.written: list[tuple[str, int]] = []
        self.preparation = Preparation(self.entries.get, self.write)

    def write(self, name: str, value: int) -> None:
        self.written.append((name, value))
        if self.refuses is not None:
            raise self.refuses

    def call(self) -> str:
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer
        return "done"


def test_a_refused_call_is_made_again_after_a_preparation() -> None:
    body = Body(UNKNOWN, None)
    assert body.preparation.around(body.call) == "done"
    assert body.written == [(ENTRY, 1)]


def test_what_is_refused_again_is_refused() -> None:
    body = Body(UNKNOWN, UNKNOWN)
    with pytest.raises(CameraError) as caught:
        body.preparation.around(body.call)
    assert caught.value.code == faults.NOT_SUPPORTED


def test_a_camera_of_another_maker_is_left_alone() -> None:
    body = Body(UNKNOWN, eos=False)
    with pytest.raises(CameraError):
        body.preparation.around(body.call)
    assert body.written == []


def test_a_preparation_that_is_refused_leaves_the_first_answer() -> None:
    body = Body(UNKNOWN, refuses=CameraError("busy", code=faults.BUSY))
    with pytest.raises(CameraError) as caught:
        body.preparation.around(body.call)
    assert caught.value is UNKNOWN


@pytest.mark.parametrize("body", [Body(BROKEN), Body(UNKNOWN, refuses=BROKEN)])
def test_a_broken_connection_is_told(body: Body) -> None:
    with pytest.raises(CameraError) as caught:
        body.preparation.around(body.call)
    assert caught.value is BROKEN


def test_a_preparation_that_is_not_supported_is_tried_once() -> None:
    body = Body(refuses=UNKNOWN)
    assert [body.preparation.refused(), body.preparation.refused()] == [True, True]
    assert body.written == [(ENTRY, 1)]


def test_a_preparation_that_works_is_tried_once() -> None:
    body = Body()
    assert [body.preparation.refused(), body.preparation.refused()] == [False, False]
    assert body.written == [(ENTRY, 1)]


def test_a_camera_that_was_quiet_is_not_prepared_again() -> None:
    body = Body(refuses=UNKNOWN)
    body.preparation.quiet()
    assert not body.preparation.refused()
    assert body.written == []


def test_a_camera_that_was_busy_is_prepared_again() -> None:
    body = Body(refuses=CameraError("busy", code=faults.BUSY))
    assert not body.preparation.refused()
    body.refuses = UNKNOWN
    assert body.preparation.refused()


def test_a_camera_of_another_maker_needs_no_preparation() -> None:
    body = Body(eos=False, refuses=UNKNOWN)
    assert not body.preparation.refused()
    assert body.written == []


def test_a_refused_keep_alive_of_a_camera_that_was_quiet_does_not_make_it_unprepared() -> None:
    body = Body(UNKNOWN, refuses=UNKNOWN)
    body.preparation.quiet()
    with pytest.raises(CameraError):
        body.preparation.around(body.call)
    assert not body.preparation.refused()
