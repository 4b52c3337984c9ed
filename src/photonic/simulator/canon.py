"""A Canon EOS's operations on a body, with the responses that libgphoto2 2.5.34 and 2.5.28 expect."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from photonic.ptp.codes import ALL, ObjectFormat, OperationCode, ResponseCode, Vendor
from photonic.ptp.codes import CanonOperation as Canon
from photonic.ptp.datasets import DeviceInfo, pack_string
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator import canon_records as records
from photonic.simulator.canon_frames import viewfinder_data
from photonic.simulator.card_operations import CardOperations
from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.operations import carry_out
from photonic.simulator.refusals import Busy

if TYPE_CHECKING:
    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.operations import Operation

HALF, FULL, WITHOUT_AUTOFOCUS = 1, 2, 3
BUTTON_SHOT_SECONDS = 2.0
"""How long a half press waits for a shot of the body's own button; after that, the body reports that it is busy."""


class CanonEos:
    """Carries out a client's requests. A half press delays its response until focusing has succeeded or failed."""

    def __init__(self, body: Body, journal: Journal, *, model: str, version: str, serial: str) -> None:
        self._body = body
        self._journal = journal
        self._names = (model, version, serial)
        self._focused_at: float | None = None
        self._unsent = bytearray()
        card = CardOperations(body, journal)
        self._operations: dict[int, Operation] = {
            OperationCode.GET_DEVICE_INFO: self._device_info,
            **card.table,
            Canon.GET_STORAGE_IDS: card.storage_ids,
            Canon.GET_STORAGE_INFO: self._canon_storage_info,
            Canon.GET_OBJECT: card.whole_object,
            Canon.DELETE_OBJECT: card.delete,
            Canon.GET_PARTIAL_OBJECT: card.partial_object,
            Canon.GET_OBJECT_INFO_EX: self._folder,
            Canon.SET_PROPERTY: self._set_property,
            Canon.SET_REMOTE_MODE: self._ok,
            Canon.SET_EVENT_MODE: self._event_mode,
            Canon.GET_EVENTS: self._events,
            Canon.TRANSFER_COMPLETE: self._transferred,
            Canon.PC_CAPACITY: self._capacity,
            Canon.SET_UI_LOCK: self._ok,
            Canon.RESET_UI_LOCK: self._ok,
            Canon.KEEP_DEVICE_ON: self._ok,
            Canon.BULB_START: self._bulb_start,
            Canon.BULB_END: self._bulb_end,
            Canon.REQUEST_PROPERTY: self._request_property,
            Canon.RELEASE_ON: self._release_on,
            Canon.RELEASE_OFF: self._release_off,
            Canon.END_VIEWFINDER: self._end_viewfinder,
            Canon.GET_VIEWFINDER_DATA: self._viewfinder_data,
            Canon.AUTOFOCUS: self._autofocus,
            Canon.DRIVE_LENS: self._drive_lens,
            Canon.ZOOM: self._zoom,
            Canon.ZOOM_POSITION: self._zoom_position,
            Canon.AUTOFOCUS_CANCEL: self._ok,
        }

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """Carry out one operation; the response to an unknown one is ``OPERATION_NOT_SUPPORTED``."""
        return carry_out(self._body, self._operations, request, data, now)

    def events(self) -> tuple[()]:
        """Nothing: clients poll an EOS for its events."""
        return ()

    def session_opened(self, now: float) -> None:
        """See ``Handler``."""
        self._body.connected(now)

    def session_ended(self, now: float) -> None:
        """See ``Handler``."""
        self._focused_at = None
        self._unsent.clear()
        self._body.disconnected(now)

    # Identity.

    def _device_info(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        model, version, serial = self._names
        info = DeviceInfo(
            vendor=Vendor.CANON,
            operations=self._body.operation_faults.listed(
                {*self._operations, OperationCode.OPEN_SESSION, OperationCode.CLOSE_SESSION}, now
            ),
            events=(),
            properties=(),
            capture_formats=(ObjectFormat.JPEG,),
            image_formats=(ObjectFormat.JPEG, ObjectFormat.CR2, ObjectFormat.FOLDER),
            manufacturer="Canon Inc.",
            model=self._body.reported_model(model, now),
            version=version,
            serial=serial,
        )
        return Reply(data=info.pack())

    def _ok(self, *_: object) -> Reply:
        return Reply()

    # The card.

    def _canon_storage_info(self, parameters: tuple[int, ...], *_: object) -> Reply:
        store = self._body.store
        known = parameters[0] in store.storages
        return Reply(data=store.storage_info(parameters[0]).pack() if known else pack_string(""))

    def _folder(self, parameters: tuple[int, ...], *_: object) -> Reply:
        storage, parent = parameters[:2]
        found = self._body.store.children(0 if parent == ALL else parent, None if storage == ALL else storage)
        return Reply(data=records.folder_entries(found))

    def _transferred(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        return Reply() if self._body.files.transferred(parameters[0], now) else Reply(ResponseCode.INVALID_OBJECT)

    # Settings and events.

    def _event_mode(self, parameters: tuple[int, ...], *_: object) -> Reply:
        self._body.body_events.clear()
        self._unsent.clear()
        if parameters[0]:
            self._unsent += records.all_properties(self._body.dials.properties)
        return Reply()

    def _events(self, *_: object) -> Reply:
        sent = bytes(self._unsent)
        self._unsent.clear()
        body_events = self._body.body_events
        while body_events:
            sent += records.event_records(body_events.popleft(), self._body.dials.properties)
        return Reply(data=sent + records.END)

    def _request_property(self, parameters: tuple[int, ...], *_: object) -> Reply:
        known = self._body.dials.properties.get(parameters[0])
        if known is None:
            return Reply(ResponseCode.GENERAL_ERROR)
        self._unsent += records.value_record(parameters[0], known)
        return Reply()

    def _set_property(self, _parameters: tuple[int, ...], data: bytes, now: float) -> Reply:
        if len(data) < 9:
            return Reply(ResponseCode.INVALID_PARAMETER)
        size, code = struct.unpack_from("<II", data)
        if size != len(data):
            return Reply(ResponseCode.INVALID_PARAMETER)
        self._body.set(code, data[8:], now)
        return Reply()

    def _capacity(self, parameters: tuple[int, ...], *_: object) -> Reply:
        # The parameters are the number of free clusters on the client's disk, and their size in bytes.
        self._body.announce_capacity(parameters[0] * max(1, parameters[1]) // 25_000_000)
        return Reply()

    # Live view.

    def _end_viewfinder(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        self._body.end_viewfinder(now)
        return Reply()

    def _viewfinder_data(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        return viewfinder_data(self._body, self._journal, now)

    def _zoom(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        viewfinder = self._body.viewfinder
        if not viewfinder.on:
            return Reply(ResponseCode.GENERAL_ERROR)
        if not viewfinder.magnify(parameters[0]):
            return Reply(ResponseCode.INVALID_PARAMETER)
        self._journal.write(now, "zoom", magnification=parameters[0])
        return Reply()

    def _zoom_position(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        if not self._body.viewfinder.on:
            return Reply(ResponseCode.GENERAL_ERROR)
        self._body.viewfinder.corner = parameters[0], parameters[1]
        self._journal.write(now, "zoom_position", x=parameters[0], y=parameters[1])
        return Reply()

    # The shutter button.

    def _release_on(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        button, without_autofocus = parameters[:2]
        if button == HALF:
            return self._half_press(now, autofocus=not without_autofocus)
        if button == FULL or (button == WITHOUT_AUTOFOCUS and without_autofocus):
            self._body.press(now, "client")
            return Reply()
        if button == WITHOUT_AUTOFOCUS:
            answer = self._half_press(now, autofocus=True)
            if isinstance(answer, Reply):
                self._body.press(now, "client")
            return answer
        return Reply(ResponseCode.INVALID_PARAMETER)

    def _half_press(self, now: float, *, autofocus: bool, capture: bool = True) -> Reply | NotYet:
        if not autofocus:
            return Reply()
        if self._focused_at is None:
            self._focused_at = self._body.half_press(now, capture=capture)
        if now < self._focused_at:
            return NotYet(self._focused_at)
        retry_at = self._body.button_shot_ends
        if retry_at is not None and now < self._focused_at + BUTTON_SHOT_SECONDS:
            return NotYet(min(retry_at, self._focused_at + BUTTON_SHOT_SECONDS))
        self._focused_at = None
        if retry_at is not None:
            raise Busy
        self._body.focus(now)
        return Reply()

    def _release_off(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        # Releasing a half press does not release a full press.
        return self._release_button(now) if parameters[0] & FULL else Reply()

    def _bulb_end(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        return self._release_button(now)

    def _release_button(self, now: float) -> Reply:
        if self._body.faults.strike(FaultName.RELEASE_REFUSED, now) is not None:
            self._journal.write(now, FaultName.RELEASE_REFUSED)
            return Reply(ResponseCode.GENERAL_ERROR)
        self._body.release(now)
        return Reply()

    def _bulb_start(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        self._body.press(now, "client")
        return Reply()

    def _autofocus(self, _parameters: tuple[int, ...], _data: bytes, now: float) -> Reply | NotYet:
        return self._half_press(now, autofocus=True, capture=False)

    def _drive_lens(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        # The lens moves only while the sensor is on, and if its switch is not set to manual.
        if not self._body.viewfinder.on or self._body.dials.manual_focus:
            return Reply(ResponseCode.GENERAL_ERROR)
        if not self._body.lens.drive(parameters[0]):
            return Reply(ResponseCode.INVALID_PARAMETER)
        self._journal.write(now, "lens", position=self._body.lens.position)
        return Reply()
