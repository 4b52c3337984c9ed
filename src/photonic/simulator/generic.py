"""A camera that implements only the standard (ISO 15740): photos, settings and pushed events, no live view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.ptp.codes import EventCode, ObjectFormat, OperationCode, ResponseCode, Vendor
from photonic.ptp.datasets import DeviceInfo
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.body_events import Added, BodyEvent, CardMoved, Focused, PropertyChanged, Status
from photonic.simulator.card import CARD_STORAGE
from photonic.simulator.card_operations import CardOperations
from photonic.simulator.focused_press import FocusedPress
from photonic.simulator.operations import carry_out
from photonic.simulator.properties import CARD
from photonic.simulator.standard_dials import GENERIC_DIALS
from photonic.simulator.standard_properties import StandardProperties

if TYPE_CHECKING:
    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.operations import Operation

    PtpEvent = tuple[int, tuple[int, ...]]


class GenericCamera:
    """Carries out a client's requests. Photos go to the card: the standard has no other destination."""

    def __init__(self, body: Body, journal: Journal, *, model: str, version: str, serial: str) -> None:
        self._body = body
        self._names = (model, version, serial)
        self._press = FocusedPress(body)
        self._properties = StandardProperties(body, GENERIC_DIALS)
        self._operations: dict[int, Operation] = {
            OperationCode.GET_DEVICE_INFO: self._device_info,
            **CardOperations(body, journal).table,
            **self._properties.table,
            OperationCode.INITIATE_CAPTURE: self._capture,
        }

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """Carry out one operation; the response to an unknown one is ``OPERATION_NOT_SUPPORTED``."""
        return carry_out(self._body, self._operations, request, data, now)

    def events(self) -> list[PtpEvent]:
        """The events of the body since the last call."""
        events: list[PtpEvent] = []
        body_events = self._body.body_events
        while body_events:
            events += self._converted(body_events.popleft())
        return events

    def session_opened(self, now: float) -> None:
        """See ``Handler``."""
        self._body.connected(now)
        self._body.dials.preset(P.CAPTURE_DESTINATION, CARD)
        self._body.room.count()

    def session_ended(self, now: float) -> None:
        """See ``Handler``."""
        self._press.forget()
        self._body.disconnected(now)

    def _converted(self, body_event: BodyEvent) -> list[PtpEvent]:
        match body_event:
            case PropertyChanged(code):
                return [(EventCode.PROPERTY_CHANGED, (changed,)) for changed in self._properties.changed(code)]
            case Added(stored):
                return [(EventCode.OBJECT_ADDED, (stored.handle,))]
            case Status(busy):
                return [] if busy else [(EventCode.CAPTURE_COMPLETE, ())]
            case CardMoved(present):
                return [(EventCode.STORE_ADDED if present else EventCode.STORE_REMOVED, (CARD_STORAGE,))]
            case Focused():
                return []

    def _device_info(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        model, version, serial = self._names
        info = DeviceInfo(
            vendor=Vendor.NONE,
            operations=tuple(sorted((*self._operations, OperationCode.OPEN_SESSION, OperationCode.CLOSE_SESSION))),
            events=tuple(EventCode),
            properties=self._properties.codes,
            capture_formats=(ObjectFormat.JPEG,),
            image_formats=(ObjectFormat.JPEG, ObjectFormat.FOLDER),
            manufacturer="Photonic",
            model=self._body.reported_model(model, now),
            version=version,
            serial=serial,
        )
        return Reply(data=info.pack())

    def _capture(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        answer = self._press.press(now, autofocus=True)
        if isinstance(answer, NotYet):
            return answer
        # The standard has no code for a lens that could not focus.
        return Reply() if answer else Reply(ResponseCode.GENERAL_ERROR)
