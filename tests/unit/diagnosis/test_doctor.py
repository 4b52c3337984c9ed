"""The order of the checks, and the cost of a probe that hangs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from photonic.diagnosis import doctor
from photonic.diagnosis.camera import BusFacts
from photonic.diagnosis.finding import Check, DoctorCode, Outcome
from photonic.diagnosis.software import SoftwareFacts
from photonic.service.config.settings import ServiceSettings
from photonic.worker.supervision.holders import Holder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from photonic.diagnosis.finding import Finding

WORKING = SoftwareFacts("2.5.34", "2.6.4", frozenset({"usb1", "ptpip"}))


def nobody(_address: str, _directory: Path) -> Holder | None:
    return None


def somebody(_address: str, _directory: Path) -> Holder | None:
    return Holder(77, "photonic")


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    release = threading.Event()
    monkeypatch.setattr(doctor, "PROBE_SECONDS", 0.2)
    yield release
    release.set()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with working software, nothing on USB, and no other photonic."""

    async def inspect_software(_driver: str) -> SoftwareFacts:
        return WORKING

    monkeypatch.setattr(doctor, "inspect_software", inspect_software)
    monkeypatch.setattr(doctor, "inspect_bus", BusFacts)
    monkeypatch.setattr(doctor, "owner", nobody)
    return monkeypatch


async def examined(root: Path, *, for_service: bool = False, **settings: Any) -> dict[Check, Finding]:
    made = ServiceSettings(photo_root=root, port=0, **settings)
    return {finding.check: finding async for finding in doctor.examine(made, for_service=for_service)}


async def test_the_order_is_that_of_the_table(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = await examined(tmp_path)
    assert list(found) == [check for check in Check if check in found]
    assert (found[Check.USB].code, found[Check.CAMERA].outcome) == (DoctorCode.CAMERA_ABSENT, Outcome.SKIPPED)


async def test_a_disk_that_hangs_costs_its_deadline_and_the_other_checks_go_on(
    machine: pytest.MonkeyPatch, stuck: threading.Event, tmp_path: Path
) -> None:
    def hang(_root: Path) -> None:
        stuck.wait()

    machine.setattr(doctor, "inspect_photo_root", hang)
    found = await examined(tmp_path)
    assert found[Check.PHOTO_ROOT].code is DoctorCode.NO_ANSWER
    assert {Check.SERVICE_PORT, Check.CLOCK, Check.USB} <= found.keys()


@pytest.mark.parametrize("step", ["inspect_second_disk", "judge_second_disk"])
async def test_a_second_disk_that_hangs_costs_its_deadline_also_while_advice_is_looked_for(
    machine: pytest.MonkeyPatch, stuck: threading.Event, tmp_path: Path, step: str
) -> None:
    def hang(*_arguments: object) -> None:
        assert threading.current_thread() is not threading.main_thread()
        stuck.wait()

    machine.setattr(doctor, step, hang)
    found = await examined(tmp_path / "photos", saved="disk+second", second_root=tmp_path / "second")
    assert found[Check.SECOND_DISK].code is DoctorCode.NO_ANSWER
    assert {Check.SERVICE_PORT, Check.CLOCK, Check.USB} <= found.keys()


async def test_a_bus_that_hangs_is_not_reported_as_empty(
    machine: pytest.MonkeyPatch, stuck: threading.Event, tmp_path: Path
) -> None:
    machine.setattr(doctor, "inspect_bus", stuck.wait)
    found = await examined(tmp_path)
    assert found[Check.USB].code is DoctorCode.NO_ANSWER
    assert found[Check.CAMERA].outcome is Outcome.SKIPPED


async def test_a_name_that_is_not_resolved_in_time_is_a_failure_of_the_port(
    machine: pytest.MonkeyPatch, stuck: threading.Event, tmp_path: Path
) -> None:
    def hang(_host: str, _port: int) -> None:
        stuck.wait()

    machine.setattr(doctor, "inspect_port", hang)
    assert (await examined(tmp_path))[Check.SERVICE_PORT].code is DoctorCode.SERVICE_PORT


async def test_a_disk_that_fails_is_reported(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(_root: Path) -> None:
        raise OSError(5, "Input/output error")

    machine.setattr(doctor, "inspect_leftovers", fail)
    found = await examined(tmp_path)
    assert found[Check.PHOTO_ROOT].code is DoctorCode.PHOTO_ROOT
    assert "Input/output error" in found[Check.PHOTO_ROOT].what


async def test_without_the_library_no_camera_is_tried(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def broken(_driver: str) -> SoftwareFacts:
        return SoftwareFacts(problem="no module")

    machine.setattr(doctor, "inspect_software", broken)
    found = await examined(tmp_path, camera="ptpip:127.0.0.1:1")
    assert (found[Check.SOFTWARE].code, found[Check.CAMERA].outcome) == (DoctorCode.SOFTWARE, Outcome.SKIPPED)


async def test_a_camera_that_another_photonic_has_is_not_touched(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def touch(*_where: object) -> None:
        pytest.fail("the camera was opened")

    machine.setattr(doctor, "owner", somebody)
    machine.setattr(doctor, "inspect_camera", touch)
    found = await examined(tmp_path, camera="ptpip:127.0.0.1:1")
    assert found[Check.CAMERA].code is DoctorCode.CAMERA_CLAIMED


async def test_each_camera_is_checked_under_its_name(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = ServiceSettings.model_validate(
        {"photo_root": tmp_path, "port": 0, "cameras": {"left": "usb:1", "right": "usb:2"}}
    )
    found = [finding async for finding in doctor.examine(settings)]
    seen = [finding.what.partition(":")[0] for finding in found if finding.check is Check.USB]
    assert seen == ["left (usb", "right (usb"]
    roots = [finding.what for finding in found if finding.check is Check.PHOTO_ROOT]
    assert [str(tmp_path / name) in what for name, what in zip(("left", "right"), roots, strict=True)] == [True, True]


async def test_for_a_service_the_camera_is_not_opened_even_after_it_was_released(
    machine: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def touch(*_where: object) -> None:
        pytest.fail("the camera was opened")

    machine.setattr(doctor, "inspect_camera", touch)
    machine.setattr(doctor, "inspect_bus", touch)
    # No process holds its lock, and no service answers at the port, but the camera is not opened.
    found = await examined(tmp_path, for_service=True, camera="ptpip:127.0.0.1:1")
    assert found[Check.CAMERA].code is DoctorCode.SERVICE_NOT_READY
    assert Check.USB not in found
