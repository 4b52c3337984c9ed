"""A simulated body that is offered as a recorded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.ptp.codes import OperationCode, ResponseCode, Vendor
from photonic.ptp.datasets import DeviceInfo
from photonic.ptp.handler import NotYet, Reply
from photonic.ptp.packets import OperationRequest
from photonic.simulator.described import DescribedBody, DescribedCamera
from photonic.simulator.makes import BodyKind
from photonic.simulator.usb.identity import described_identity

if TYPE_CHECKING:
    from collections.abc import Iterable

INFO = DeviceInfo(Vendor.CANON, (0x1001, 0x1002, 0x9153), (0x4002,), (0x5001, 0xD1A0), (), (), "A", "B", "C", "42")


class FakeCamera:
    """Answers each operation, and lists its own device information."""

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        return Reply(data=INFO.pack() if request.code == OperationCode.GET_DEVICE_INFO else None)

    def events(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        return ((0x4002, ()),)

    def session_opened(self, now: float) -> None:
        pass

    def session_ended(self, now: float) -> None:
        pass


def recorded(**more: frozenset[int]) -> DescribedBody:
    return DescribedBody(Vendor.CANON, "Canon", "Canon EOS R5", "1.9", 0x04A9, 0x32F4, **more)


def answer(camera: DescribedCamera, code: int) -> Reply:
    reply = camera.operate(OperationRequest(code, 1, (), sends_data=False), b"", 0.0)
    assert isinstance(reply, Reply)
    return reply


def test_it_lists_only_what_both_have() -> None:
    body = recorded(operations=frozenset({0x1001, 0x9153, 0x9999}), events=frozenset(), properties=frozenset({0x5001}))
    shown = DeviceInfo.unpack(answer(DescribedCamera(FakeCamera(), body), 0x1001).data or b"")
    assert (shown.operations, shown.events, shown.properties) == ((0x1001, 0x9153), (), (0x5001,))
    assert (shown.manufacturer, shown.model, shown.version, shown.serial) == ("Canon", "Canon EOS R5", "1.9", "42")


def test_it_refuses_what_the_recorded_body_does_not_list() -> None:
    camera = DescribedCamera(FakeCamera(), recorded(operations=frozenset({0x1001})))
    assert answer(camera, 0x9153).code == ResponseCode.OPERATION_NOT_SUPPORTED
    assert answer(camera, OperationCode.OPEN_SESSION).code == ResponseCode.OK


def test_without_recorded_numbers_nothing_is_refused() -> None:
    assert answer(DescribedCamera(FakeCamera(), recorded()), 0x9153).code == ResponseCode.OK


@pytest.mark.parametrize(
    ("vendor", "kind"), [(Vendor.CANON, BodyKind.CANON), (Vendor.NIKON, BodyKind.NIKON), (0x11, BodyKind.GENERIC)]
)
def test_the_maker_decides_which_simulation_it_is(vendor: int, kind: BodyKind) -> None:
    assert DescribedBody(vendor, "", "", "").kind is kind


def test_it_has_the_usb_numbers_of_the_recorded_body() -> None:
    seen = described_identity(recorded(), "42")
    assert (seen.vendor_id, seen.product_id, seen.product, seen.serial) == (0x04A9, 0x32F4, "Canon EOS R5", "42")
    unknown = described_identity(DescribedBody(Vendor.NIKON, "", "D750", ""), None)
    assert (unknown.vendor_id, unknown.manufacturer) == (0x04B0, "NIKON")
