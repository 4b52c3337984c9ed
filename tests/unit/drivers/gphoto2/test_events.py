from __future__ import annotations

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded, OtherEvent, Quiet, Setting
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.events import Events
from photonic.errors import CameraError

from .scripted import ScriptedCamera, VirtualTime


def _events(camera: ScriptedCamera) -> tuple[Events, Configuration]:
    configuration = Configuration(camera)
    return Events(camera, configuration, camera.time, camera.time.pause, in_ram=False), configuration


def test_draining_takes_objects_and_ends_when_quiet() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.events.extend([OtherEvent("a"), ObjectAdded("/card", "1"), ObjectAdded("/card", "2")])
    taken: list[ObjectAdded] = []
    assert _events(camera)[0].drain(taken.append, 1.0)
    assert [added.name for added in taken] == ["1", "2"]


def test_a_film_is_left_and_nobody_waits_for_it() -> None:
    camera = ScriptedCamera(VirtualTime())
    film, still = ObjectAdded("/card", "MVI_1.MOV"), ObjectAdded("/card", "IMG_2.JPG")
    camera.events.extend([film, still])
    left: list[ObjectAdded] = []
    taken: list[ObjectAdded] = []
    events = Events(
        camera, Configuration(camera), camera.time, camera.time.pause, in_ram=False, leave_on_card=left.append
    )
    assert events.drain(taken.append, 1.0)
    assert (left, taken) == ([film], [still])


def test_draining_ends_when_its_budget_is_spent() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.events.extend([ObjectAdded("/card", str(number)) for number in range(10)])
    assert not _events(camera)[0].drain(lambda _added: camera.time.pause(1.0), 2.5)
    assert len(camera.events) == 7


def test_a_report_makes_known_settings_doubtful() -> None:
    camera = ScriptedCamera(VirtualTime())
    events, configuration = _events(camera)
    configuration.read("iso")
    camera.settings["iso"] = Setting("iso", "800")
    camera.events.append(OtherEvent("PTP Property d103 changed"))
    events.next(0.0)
    setting = configuration.read("iso")
    assert setting is not None
    assert setting.value == "800"


def test_a_busy_camera_is_quiet_after_a_pause() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.events.append(CameraError("busy", code=-110))
    before = camera.time()
    assert _events(camera)[0].next(0.0) == Quiet()
    assert camera.time() > before


def test_refusals_in_a_row_are_told() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.events.extend([CameraError("no", code=-1)] * 5)
    events, _ = _events(camera)
    for _ in range(4):
        assert events.next(0.0) == Quiet()
    with pytest.raises(CameraError):
        events.next(0.0)


def test_other_failures_are_not_hidden() -> None:
    camera = ScriptedCamera(VirtualTime())
    camera.events.append(CameraError("gone", code=-7))
    with pytest.raises(CameraError, match="gone"):
        _events(camera)[0].next(0.0)


def test_a_camera_that_tells_of_nothing_is_quiet_and_says_why() -> None:
    camera = ScriptedCamera(VirtualTime())
    events, _configuration = _events(camera)
    camera.events.extend([CameraError("cannot do this", code=-6)] * 20)
    for _ in range(20):
        assert events.next(0.0) == Quiet()
        assert events.unsupported == "cannot do this"
    assert events.next(0.0) == Quiet()
    assert events.unsupported is None
