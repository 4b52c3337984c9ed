"""A Nikon's operations on a body, with the responses that libgphoto2 2.5.34 expects."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.ptp.codes import (
    EventCode,
    NikonEvent,
    NikonOperation,
    NikonProperty,
    ObjectFormat,
    OperationCode,
    ResponseCode,
    Vendor,
)
from photonic.ptp.datasets import DeviceInfo
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.body_events import Added, BodyEvent, CardMoved, Focused, PropertyChanged, Status
from photonic.simulator.card import CARD_STORAGE
from photonic.simulator.card_operations import CardOperations
from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.focused_press import FocusedPress
from photonic.simulator.frame_damage import damaged
from photonic.simulator.operations import carry_out
from photonic.simulator.properties import CARD, RAM, VIEWFINDER_TO_PC
from photonic.simulator.standard_dials import NIKON_DIALS, DataType
from photonic.simulator.standard_properties import StandardProperties

if TYPE_CHECKING:
    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.operations import Operation

WITH_AUTOFOCUS = 0xFFFFFFFE
TO_RAM = 1
TOO_HOT = 1 << 17
"""The bit of the live view prohibition (0xD1A4) that libgphoto2 reports as "Temperature too high"."""

FRAME_HEAD = bytes(128)
"""Precedes the frame: focus and level, which libgphoto2 skips up to the JPEG's start."""


class Nikon:
    """Carries out a client's requests. Clients poll for events (0x90C7), and after a release until it is complete."""

    def __init__(self, body: Body, journal: Journal, *, model: str, version: str, serial: str) -> None:
        self._body = body
        self._journal = journal
        self._names = (model, version, serial)
        self._press = FocusedPress(body)
        self._card = CardOperations(body, journal)
        self._properties = StandardProperties(
            body,
            NIKON_DIALS,
            {
                NikonProperty.LIVE_VIEW_STATUS: (
                    P.VIEWFINDER_OUTPUT,
                    DataType.U8,
                    lambda _now: int(body.viewfinder.on),
                ),
                NikonProperty.LIVE_VIEW_PROHIBITION: (P.TEMPERATURE_STATUS, DataType.U32, self._prohibition),
            },
        )
        self._operations: dict[int, Operation] = {
            OperationCode.GET_DEVICE_INFO: self._device_info,
            **self._card.table,
            **self._properties.table,
            OperationCode.GET_OBJECT: self._object,
            NikonOperation.GET_EVENTS: self._events,
            NikonOperation.DEVICE_READY: self._device_ready,
            NikonOperation.START_LIVE_VIEW: self._start_live_view,
            NikonOperation.END_LIVE_VIEW: self._end_live_view,
            NikonOperation.GET_LIVE_VIEW_IMAGE: self._live_view_image,
            NikonOperation.CAPTURE: self._capture,
        }

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """Carry out one operation; the response to an unknown one is ``OPERATION_NOT_SUPPORTED``."""
        return carry_out(self._body, self._operations, request, data, now)

    def events(self) -> tuple[()]:
        """Nothing: clients poll a Nikon for its events."""
        return ()

    def session_opened(self, now: float) -> None:
        """See ``Handler``."""
        self._body.connected(now)

    def session_ended(self, now: float) -> None:
        """See ``Handler``."""
        self._press.forget()
        self._body.disconnected(now)

    def _device_info(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        model, version, serial = self._names
        info = DeviceInfo(
            vendor=Vendor.NIKON,
            operations=self._body.operation_faults.listed(
                {*self._operations, OperationCode.OPEN_SESSION, OperationCode.CLOSE_SESSION}, now
            ),
            events=(*EventCode, *NikonEvent),
            properties=self._properties.codes,
            capture_formats=(ObjectFormat.JPEG,),
            image_formats=(ObjectFormat.JPEG, ObjectFormat.FOLDER),
            manufacturer="Nikon Corporation",
            model=self._body.reported_model(model, now),
            version=version,
            serial=serial,
        )
        return Reply(data=info.pack())

    def _object(self, parameters: tuple[int, ...], data: bytes, now: float) -> Reply | NotYet:
        """The bytes of a file; a photo in the RAM is dropped once it has been fetched completely."""
        reply = self._card.whole_object(parameters, data, now)
        if isinstance(reply, Reply) and reply.code == ResponseCode.OK:
            self._body.files.transferred(parameters[0], now)
        return reply

    # Events.

    def _events(self, *_: object) -> Reply:
        events: list[tuple[int, int]] = []
        body_events = self._body.body_events
        while body_events:
            events += self._converted(body_events.popleft())
        return Reply(data=struct.pack("<H", len(events)) + b"".join(struct.pack("<HI", *event) for event in events))

    def _converted(self, body_event: BodyEvent) -> list[tuple[int, int]]:
        match body_event:
            case PropertyChanged(code):
                return [(EventCode.PROPERTY_CHANGED, changed) for changed in self._properties.changed(code)]
            case Added(stored):
                in_ram = stored.storage == 0
                return [(NikonEvent.OBJECT_ADDED_IN_RAM if in_ram else EventCode.OBJECT_ADDED, stored.handle)]
            case Status(busy):
                to_card = self._body.dials.wants_card
                done = EventCode.CAPTURE_COMPLETE if to_card else NikonEvent.CAPTURE_COMPLETE_IN_RAM
                return [] if busy else [(done, 0)]
            case CardMoved(present):
                return [(EventCode.STORE_ADDED if present else EventCode.STORE_REMOVED, CARD_STORAGE)]
            case Focused():
                return []

    def _device_ready(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        busy = self._body.busy or self._body.viewfinder.dark(now)
        return Reply(ResponseCode.DEVICE_BUSY if busy else ResponseCode.OK)

    # Live view.

    def _prohibition(self, now: float) -> int:
        return TOO_HOT if self._body.faults.active(FaultName.HEAT, now) else 0

    def _start_live_view(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        # libgphoto2 starts it again after each capture.
        if not self._body.viewfinder.on:
            self._body.set(P.VIEWFINDER_OUTPUT, struct.pack("<I", VIEWFINDER_TO_PC), now)
        return Reply()

    def _end_live_view(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        self._body.end_viewfinder(now)
        return Reply()

    def _live_view_image(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        body = self._body
        if not body.viewfinder.on:
            return Reply(ResponseCode.NIKON_NOT_LIVE_VIEW)
        if not body.viewfinder_ready(now):
            return Reply(ResponseCode.DEVICE_BUSY)
        due_at = body.viewfinder.due_at(now)
        if due_at > now:
            return NotYet(due_at)
        jpeg = body.frame(now)
        if jpeg is None:
            return Reply(ResponseCode.DEVICE_BUSY)
        return Reply(data=FRAME_HEAD + damaged(jpeg, body.faults, self._journal, now))

    # The shutter.

    def _capture(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        focus, target = parameters[:2]
        body = self._body
        if not body.busy:
            body.dials.turn(P.CAPTURE_DESTINATION, RAM if target == TO_RAM else CARD)
            body.room.count()
        answer = self._press.press(now, autofocus=focus == WITH_AUTOFOCUS)
        if isinstance(answer, NotYet):
            return answer
        return Reply() if answer else Reply(ResponseCode.NIKON_OUT_OF_FOCUS)
