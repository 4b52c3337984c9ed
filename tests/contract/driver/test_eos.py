"""The driver on the simulated EOS through the real libgphoto2: order from its journal, freshness from pixels."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from tests.contract.driver.harness import JPEG, RAW_AND_JPEG, run
from tests.support.first_short import first_short
from tests.support.simulated import simulated_camera
from tests.support.usb_bus import TRANSPORTS, camera_on

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.simulator import pixels
from photonic.worker.link.messages import Captured, CaptureProgressed, Facts, Profiles, Staged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera

    from photonic.simulator.control import ControlClient
    from photonic.worker.link.messages import CameraOpened


@dataclass(frozen=True)
class Visit:
    """One test's time with a camera that others use too: its journal begins with the test."""

    camera: SimulatedCamera
    mark: int

    @property
    def address(self) -> str:
        return self.camera.address

    @property
    def control(self) -> ControlClient:
        return self.camera.control

    def journal(self, event: str | None = None) -> list[dict[str, Any]]:
        return [entry for entry in self.camera.journal(event) if entry["n"] > self.mark]


@pytest.fixture(scope="module", params=TRANSPORTS)
def shared_camera(request: pytest.FixtureRequest) -> Iterator[SimulatedCamera]:
    # Starting one costs seconds: it paints its pictures first. Scenarios leave the settings as they found them.
    with camera_on(request.param, "--speed", "5") as camera:
        yield camera


@pytest.fixture
def camera(shared_camera: SimulatedCamera) -> Iterator[Visit]:
    yield Visit(shared_camera, max((entry["n"] for entry in shared_camera.journal()), default=0))
    shared_camera.control.clear()


@pytest.fixture
def without_card() -> Iterator[Visit]:
    with simulated_camera("--speed", "5", "--no-card") as camera:
        yield Visit(camera, 0)


def _counters(frames: list[bytes]) -> list[int]:
    return [pixels.read(frame).counter for frame in frames]


def _rises(numbers: list[int]) -> bool:
    return all(later > earlier for earlier, later in itertools.pairwise(numbers))


def _live_view(harness: DriverHarness) -> tuple[CameraOpened, list[bytes], list[Facts]]:
    opened = harness.open()
    harness.driver.start_preview()
    return opened, harness.frames(30), harness.log.of(Facts)


def test_live_view_shows_ever_newer_frames(camera: Visit, tmp_path: Path) -> None:
    opened, frames, facts = run(_live_view, camera.address, tmp_path)
    assert opened.serial == camera.camera.serial
    assert (opened.live_view, opened.has_card, opened.capture_target) == (True, True, "card")
    assert _rises(_counters(frames))
    assert facts[-1].battery == 100
    assert facts[-1].storage_available


def _captures(harness: DriverHarness) -> tuple[list[list[bytes]], list[Staged], list[Captured]]:
    harness.open()
    harness.driver.start_preview()
    runs = [harness.frames(3)]
    for number in range(10):
        harness.capture(f"c{number}")
        runs.append(harness.frames(3))
    return runs, harness.log.of(Staged), harness.log.of(Captured)


def test_after_each_of_ten_captures_live_view_is_fresh(camera: Visit, tmp_path: Path) -> None:
    runs, staged, captured = run(_captures, camera.address, tmp_path)
    assert _rises(_counters([frame for frames in runs for frame in frames]))
    exposed = [entry["at_us"] for entry in camera.journal("exposed")]
    assert len(exposed) == len(captured) == 10
    for at_us, frames in zip(exposed, runs[1:], strict=True):
        assert pixels.read(frames[0]).camera_us > at_us
    assert [message.capture_id for message in staged] == [f"c{number}" for number in range(10)]
    counters = [pixels.read(Path(message.path).read_bytes()).counter for message in staged]
    assert _rises(counters)


def _one_capture(harness: DriverHarness) -> tuple[list[Staged], list[CaptureProgressed]]:
    harness.open()
    harness.driver.start_preview()
    harness.frames(2)
    harness.capture("c")
    return harness.log.of(Staged), harness.log.of(CaptureProgressed)


def test_a_photo_on_the_card_is_fetched_whole_and_stays_on_the_card(camera: Visit, tmp_path: Path) -> None:
    staged, progress = run(_one_capture, camera.address, tmp_path)
    assert [step.phase for step in progress] == ["preparing", "exposing", "downloading"]
    assert all(step.remaining_seconds > 0 for step in progress)
    photo = Path(staged[0].path).read_bytes()
    assert len(photo) == staged[0].size_bytes
    Image.open(BytesIO(photo)).load()
    assert camera.journal("deleted") == []


def _ram_captures(harness: DriverHarness) -> tuple[CameraOpened, list[Staged], list[list[bytes]]]:
    opened = harness.open(capture_target="ram")
    harness.use_format(RAW_AND_JPEG)
    harness.driver.start_preview()
    runs = [harness.frames(2)]
    for number in range(6):
        harness.capture(f"c{number}")
        runs.append(harness.frames(2))
    return opened, harness.log.of(Staged), runs


def test_ram_is_emptied_by_every_capture(without_card: Visit, tmp_path: Path) -> None:
    opened, staged, runs = run(_ram_captures, without_card.address, tmp_path)
    assert (opened.has_card, opened.capture_target) == (False, "ram")
    assert [message.capture_id for message in staged] == [f"c{number}" for number in range(6) for _file in range(2)]
    assert {Path(message.path).stat().st_size == message.size_bytes for message in staged} == {True}
    assert _rises(_counters([frame for frames in runs for frame in frames]))
    assert len(without_card.journal("released")) == 12
    assert all(not entry["lost_in_ram"] for entry in without_card.journal("session_ended"))


def _raw_and_jpeg(harness: DriverHarness) -> tuple[list[Staged], list[Captured]]:
    harness.open()
    harness.use_format(RAW_AND_JPEG)
    harness.driver.start_preview()
    for number in range(3):
        harness.capture(f"c{number}")
        harness.frames(1)
    harness.use_format(JPEG)
    return harness.log.of(Staged), harness.log.of(Captured)


def test_raw_and_jpeg_both_come_with_their_capture(camera: Visit, tmp_path: Path) -> None:
    staged, captured = run(_raw_and_jpeg, camera.address, tmp_path)
    assert [message.capture_id for message in staged] == ["c0", "c0", "c1", "c1", "c2", "c2"]
    suffixes = [{Path(message.name).suffix for message in staged[at : at + 2]} for at in (0, 2, 4)]
    assert all(len(pair) == 2 for pair in suffixes)
    assert [message.warning for message in captured] == [None, None, None]


def _profiles(harness: DriverHarness) -> tuple[BadInput | None, list[bytes], list[Staged], list[Captured], list[bytes]]:
    harness.open()
    refused = None
    try:
        harness.driver.apply(Profiles(live={"iso": "800"}, capture={"shutter_speed": "1/100000"}))
    except BadInput as error:
        refused = error
    harness.driver.start_preview()
    before = harness.frames(2)
    harness.driver.apply(
        Profiles(live={"iso": "ISO 1600"}, capture={"iso": "200", "shutter_speed": "1/60", "aperture": "f/8"})
    )
    harness.capture("c")
    after = harness.frames(5)
    harness.driver.apply(Profiles(live={"iso": "400"}))
    return refused, before, harness.log.of(Staged), harness.log.of(Captured), after


def test_a_wrong_value_changes_nothing_and_right_ones_hold(camera: Visit, tmp_path: Path) -> None:
    refused, before, staged, captured, after = run(_profiles, camera.address, tmp_path)
    assert refused is not None
    assert refused.field == "shutter_speed_capture"
    assert "1/8000" in refused.choices
    assert pixels.read(before[-1]).iso == 400
    photo = pixels.read(Path(staged[0].path).read_bytes())
    assert (photo.iso, photo.aperture_tenths) == (200, 80)
    assert photo.shutter_us == pytest.approx(1e6 / 60, abs=1)
    assert (captured[0].iso, captured[0].shutter_speed, captured[0].aperture) == ("200", "1/60", "8")
    assert pixels.read(after[-1]).iso == 1600


def _without_viewfinder(harness: DriverHarness) -> list[bytes]:
    harness.open(profiles=Profiles(disable_viewfinder_before_capture=True))
    harness.driver.start_preview()
    frames = harness.frames(2)
    harness.capture("c")
    return frames + harness.frames(3)


def test_the_viewfinder_can_be_off_during_the_shot(camera: Visit, tmp_path: Path) -> None:
    assert _rises(_counters(run(_without_viewfinder, camera.address, tmp_path)))
    steps = [entry for entry in camera.journal() if entry["event"] in {"viewfinder", "pressed"}]
    order = [entry.get("on", "pressed") for entry in steps]
    assert order[:4] == [True, False, "pressed", True]


def _button(control: ControlClient, target: str, harness: DriverHarness) -> list[Staged]:
    harness.open(capture_target=target)
    harness.idle_until(lambda: bool(harness.log.of(Facts)))
    control.press()
    harness.idle_until(lambda: bool(harness.log.of(Staged)))
    harness.driver.start_preview()
    harness.frames(2)
    control.press()
    while len(harness.log.of(Staged)) < 2:
        harness.frames(1)
    return harness.log.of(Staged)


@pytest.mark.parametrize("target", first_short(["card", "ram"]))
def test_photos_of_the_bodys_own_button_are_staged_too(camera: Visit, tmp_path: Path, target: str) -> None:
    staged = run(partial(_button, camera.control, target), camera.address, tmp_path)
    assert [message.capture_id for message in staged] == [None, None]
    for message in staged:
        Image.open(message.path).load()


def _failed_focus(harness: DriverHarness) -> tuple[FailureKind, list[bytes], list[Captured]]:
    harness.open()
    harness.driver.start_preview()
    frames = harness.frames(2)
    try:
        harness.capture("blurred")
    except CaptureError as error:
        kind = error.kind
    else:
        raise AssertionError("the capture went well")
    frames += harness.frames(3)
    return kind, frames, harness.log.of(Captured)


def test_failed_focus_is_told_and_live_view_goes_on(camera: Visit, tmp_path: Path) -> None:
    camera.control.fault("autofocus_failure")
    kind, frames, captured = run(_failed_focus, camera.address, tmp_path)
    assert kind is FailureKind.AUTOFOCUS_FAILED
    assert _rises(_counters(frames))
    assert captured == []
    assert camera.journal("exposed") == []


def _stuck(harness: DriverHarness) -> list[bytes]:
    harness.open()
    harness.driver.start_preview()
    frames = harness.frames(2)
    harness.driver.start_preview()
    frames += harness.frames(2)
    harness.driver.stop_preview()
    harness.driver.start_preview()
    return frames + harness.frames(2)


def test_live_view_can_be_restarted_and_stopped(camera: Visit, tmp_path: Path) -> None:
    assert _rises(_counters(run(_stuck, camera.address, tmp_path)))
    assert [entry["on"] for entry in camera.journal("viewfinder")][-1] is False


def _lost(harness: DriverHarness) -> list[str]:
    harness.open()
    harness.driver.start_preview()
    harness.frames(2)
    try:
        harness.frames(1000)
    except CameraError as error:
        harness.log.calls.clear()
        harness.driver.close()
        return [error.kind.value, *(call for call, _limit, _took in harness.log.calls)]
    raise AssertionError("the camera was not lost")


def test_an_unplugged_camera_is_told_at_once_and_not_asked_again(camera: Visit, tmp_path: Path) -> None:
    camera.control.fault("unplug", start="frame", number=10)
    # A device that is gone from USB answers every further question at once.
    asked = ["set_config viewfinder", "exit"] if camera.address.startswith("usb:") else []
    assert run(_lost, camera.address, tmp_path) == ["camera_fault", *asked]


def _nobody(harness: DriverHarness) -> FailureKind:
    try:
        harness.open()
    except CameraError as error:
        return error.kind
    raise AssertionError("something answered")


def test_nobody_at_the_address_is_an_absent_camera(camera: Visit, tmp_path: Path) -> None:
    camera.control.fault("unplug")
    assert run(_nobody, camera.address, tmp_path) is FailureKind.CAMERA_ABSENT
