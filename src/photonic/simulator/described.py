"""A body that is offered as a recorded one: its names, its numbers, and no operation that it does not list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from photonic.ptp.codes import OperationCode, ResponseCode, Vendor
from photonic.ptp.datasets import DeviceInfo
from photonic.ptp.handler import Reply
from photonic.simulator.makes import BodyKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photonic.ptp.handler import Handler, NotYet
    from photonic.ptp.packets import OperationRequest

_KINDS: dict[int, BodyKind] = {Vendor.CANON: BodyKind.CANON, Vendor.NIKON: BodyKind.NIKON}
_ALWAYS = frozenset({OperationCode.GET_DEVICE_INFO, OperationCode.OPEN_SESSION, OperationCode.CLOSE_SESSION})


@dataclass(frozen=True, slots=True)
class DescribedBody:
    """A recorded body.

    ``operations``, ``events`` and ``properties`` are its PTP numbers, ``None`` if they were not recorded.
    ``vendor_id`` and ``product_id`` are those of USB, 0 if unknown.
    """

    vendor_extension: int
    manufacturer: str
    model: str
    version: str
    vendor_id: int = 0
    product_id: int = 0
    operations: frozenset[int] | None = None
    events: frozenset[int] | None = None
    properties: frozenset[int] | None = None

    @property
    def kind(self) -> BodyKind:
        """The simulated body that understands its maker's operations."""
        return _KINDS.get(self.vendor_extension, BodyKind.GENERIC)


class DescribedCamera:
    """Wraps a simulated camera; only what both it and the recorded body can do is listed and carried out."""

    def __init__(self, camera: Handler, described: DescribedBody) -> None:
        self._camera = camera
        self._described = described

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """See ``Handler``."""
        allowed = self._described.operations
        if allowed is not None and request.code not in allowed | _ALWAYS:
            return Reply(ResponseCode.OPERATION_NOT_SUPPORTED)
        answer = self._camera.operate(request, data, now)
        if request.code != OperationCode.GET_DEVICE_INFO or not isinstance(answer, Reply) or answer.data is None:
            return answer
        return replace(answer, data=self._shown(DeviceInfo.unpack(answer.data)).pack())

    def events(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        """See ``Handler``."""
        return self._camera.events()

    def session_opened(self, now: float) -> None:
        """See ``Handler``."""
        self._camera.session_opened(now)

    def session_ended(self, now: float) -> None:
        """See ``Handler``."""
        self._camera.session_ended(now)

    def _shown(self, info: DeviceInfo) -> DeviceInfo:
        body = self._described
        return replace(
            info,
            operations=_both(info.operations, body.operations),
            events=_both(info.events, body.events),
            properties=_both(info.properties, body.properties),
            manufacturer=body.manufacturer,
            model=body.model,
            version=body.version,
        )


def _both(implemented: tuple[int, ...], recorded: frozenset[int] | None) -> tuple[int, ...]:
    return tuple(code for code in implemented if recorded is None or code in recorded)
