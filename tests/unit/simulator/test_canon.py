"""EOS operations over a body, read as libgphoto2's ``ptp-pack.c`` reads them; time is set by hand."""

from __future__ import annotations

import struct

import pytest
from tests.unit.simulator.bodies import PHOTO_BYTES
from tests.unit.simulator.eos import BOTH, FULL, HALF, Eos, values

from photonic.ptp.codes import ALL, ObjectFormat, OperationCode, ResponseCode
from photonic.ptp.codes import CanonEvent as Event
from photonic.ptp.codes import CanonOperation as Canon
from photonic.ptp.codes import CanonProperty as P
from photonic.ptp.datasets import DeviceInfo, unpack_array, unpack_string
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.card import CARD_STORAGE, DCIM, FOLDER
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.properties import BULB, CARD, RAM, ImageFormat


def test_device_information_names_every_operation_that_is_answered() -> None:
    eos = Eos()
    data = eos.ask(OperationCode.GET_DEVICE_INFO).data
    assert data is not None
    info = DeviceInfo.unpack(data)
    assert (info.vendor, info.model, info.serial) == (0x0B, "Canon EOS Test", "17")
    for code in set(info.operations) - {OperationCode.OPEN_SESSION, OperationCode.CLOSE_SESSION}:
        assert eos.ask(code).code != ResponseCode.OPERATION_NOT_SUPPORTED
    assert eos.ask(0x9999).code == ResponseCode.OPERATION_NOT_SUPPORTED


def test_event_mode_tells_every_property_once_then_only_changes() -> None:
    eos = Eos()
    known = values(eos.records())
    assert set(known) == set(eos.body.dials.properties)
    assert eos.records() == []
    assert eos.set_property(P.ISO, 0x68) == ResponseCode.OK
    assert values(eos.records()) == {P.ISO: struct.pack("<I", 0x68)}


def test_choices_are_told_as_counted_words() -> None:
    eos = Eos()
    (choices,) = [body for body in eos.reported(Event.PROPERTY_CHOICES) if struct.unpack_from("<I", body)[0] == P.DRIVE]
    assert struct.unpack("<7I", choices) == (P.DRIVE, 3, 4, 0, 1, 0x10, 0x11)


@pytest.mark.parametrize("image_format", ImageFormat)
def test_an_image_format_is_told_and_taken_as_its_files(image_format: ImageFormat) -> None:
    eos = Eos()
    packed = image_format.pack()
    files = struct.unpack_from("<I", packed)[0]
    assert [struct.unpack_from("<I", packed, 4 + 16 * index)[0] for index in range(files)] == [16] * files
    assert eos.set_property(P.IMAGE_FORMAT, packed) == ResponseCode.OK
    assert eos.body.dials.image_format is image_format


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(struct.pack("<II", 8, P.ISO), id="no value"),
        pytest.param(struct.pack("<III", 99, P.ISO, 0x48), id="another size"),
        pytest.param(struct.pack("<III", 12, P.ISO, 0x49), id="no choice"),
        pytest.param(struct.pack("<III", 12, P.BATTERY, 1), id="read-only"),
        pytest.param(struct.pack("<III", 12, 0xD1FF, 1), id="unknown property"),
        pytest.param(struct.pack("<IIII", 16, P.IMAGE_FORMAT, 7, 7), id="unknown format"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(data: bytes) -> None:
    eos = Eos()
    before = dict(eos.body.dials.properties)
    assert eos.ask(Canon.SET_PROPERTY, data=data).code == ResponseCode.INVALID_PARAMETER
    assert eos.body.dials.properties == before


def test_a_requested_property_is_told_again() -> None:
    eos = Eos()
    eos.records()
    assert eos.ask(Canon.REQUEST_PROPERTY, P.SERIAL_NUMBER).code == ResponseCode.OK
    assert values(eos.records()) == {P.SERIAL_NUMBER: b"17\0\0"}
    assert eos.ask(Canon.REQUEST_PROPERTY, 0xD1FF).code == ResponseCode.GENERAL_ERROR


def test_a_photo_on_the_card_is_told_where_libgphoto2_looks() -> None:
    eos = Eos()
    eos.records()
    eos.take()
    (body,) = eos.reported(Event.OBJECT_ADDED)
    record = bytes(8) + body
    handle, storage = struct.unpack_from("<II", record, 8)
    assert storage == CARD_STORAGE
    assert struct.unpack_from("<H", record, 16) == (ObjectFormat.JPEG,)
    assert struct.unpack_from("<II", record, 28) == (PHOTO_BYTES, FOLDER)
    assert record[40:].split(b"\0")[0] == b"IMG_0001.JPG"
    assert eos.ask(OperationCode.GET_OBJECT, handle).data == b"\xff\xd8photo 1 JPG\xff\xd9"


def test_a_photo_in_the_ram_is_told_fetched_in_pieces_and_released() -> None:
    eos = Eos()
    assert eos.set_property(P.CAPTURE_DESTINATION, RAM) == ResponseCode.OK
    eos.ask(Canon.PC_CAPACITY, 0x0FFFFFFF, 0x1000, 1)
    eos.records()
    eos.take()
    (body,) = eos.reported(Event.OBJECT_TRANSFER)
    record = bytes(8) + body
    (handle,) = struct.unpack_from("<I", record, 8)
    assert struct.unpack_from("<H", record, 12) == (ObjectFormat.JPEG,)
    assert struct.unpack_from("<I", record, 20) == (PHOTO_BYTES,)
    assert record[28:].split(b"\0")[0] == b"IMG_0001.JPG"
    part = eos.ask(OperationCode.GET_PARTIAL_OBJECT, handle, 2, 5)
    assert (part.data, part.parameters) == (b"photo", (5,))
    assert eos.ask(Canon.TRANSFER_COMPLETE, handle).code == ResponseCode.OK
    assert eos.ask(OperationCode.GET_OBJECT, handle).code == ResponseCode.INVALID_OBJECT
    assert eos.ask(Canon.TRANSFER_COMPLETE, handle).code == ResponseCode.INVALID_OBJECT


def test_the_camera_is_busy_from_the_press_to_the_last_file() -> None:
    eos = Eos()
    eos.records()
    eos.ask(Canon.RELEASE_ON, FULL, 0)
    assert eos.reported(Event.CAMERA_STATUS) == [struct.pack("<I", 1)]
    assert eos.ask(Canon.RELEASE_ON, FULL, 0).code == ResponseCode.DEVICE_BUSY
    assert eos.set_property(P.ISO, 0x68) == ResponseCode.DEVICE_BUSY
    eos.finish()
    kinds = [kind for kind, _ in eos.records()]
    assert kinds.index(Event.OBJECT_ADDED) < kinds.index(Event.CAMERA_STATUS)


def test_a_full_card_is_said() -> None:
    eos = Eos(card_bytes=PHOTO_BYTES + 1_000_000)
    while eos.body.room.shots:
        eos.take()
    assert eos.ask(Canon.RELEASE_ON, FULL, 0).code == ResponseCode.STORE_FULL


@pytest.mark.parametrize(("sharp", "shown"), [(True, "000000000101"), (False, "000000000200")])
def test_a_half_press_takes_the_lenss_time_and_tells_the_result(sharp: bool, shown: str) -> None:
    eos = Eos()
    eos.records()
    if not sharp:
        eos.faults.arm(Fault(FaultName.AUTOFOCUS_FAILURE), eos.now)
    assert isinstance(eos.try_to(Canon.RELEASE_ON, HALF, 0), NotYet)
    assert eos.ask(Canon.RELEASE_ON, HALF, 0).code == ResponseCode.OK
    (info,) = eos.reported(Event.SCREEN_INFO)
    # u32 length, u16 mask, u16, then six bytes in version 7 (ptp-pack.c, olcsizes).
    assert struct.unpack_from("<IH", info) == (len(info), 0x0100)
    assert info[8:].hex() == shown


def test_a_press_without_autofocus_exposes_at_once() -> None:
    eos = Eos()
    assert isinstance(eos.try_to(Canon.RELEASE_ON, BOTH, 1), Reply)
    assert "pressed" in eos.events()


def test_live_view_gives_each_frame_once_at_its_time() -> None:
    eos = Eos()
    assert eos.ask(Canon.GET_VIEWFINDER_DATA).code == ResponseCode.VIEWFINDER_NOT_READY
    eos.set_property(P.VIEWFINDER_OUTPUT, 2)
    assert eos.ask(Canon.GET_VIEWFINDER_DATA).code == ResponseCode.VIEWFINDER_NOT_READY
    eos.pass_time(1.0)
    began = eos.now
    frames = [eos.ask(Canon.GET_VIEWFINDER_DATA).data for _ in range(31)]
    for number, data in enumerate(frames, 1):
        jpeg = b"\xff\xd8" + f"frame {number}".encode() + b"\xff\xd9"
        assert data == struct.pack("<II", len(jpeg) + 8, 1) + jpeg
    assert eos.now - began == pytest.approx(1.0, abs=1 / 30)


def test_a_client_that_is_late_gets_the_newest_frame_and_no_backlog() -> None:
    eos = Eos()
    eos.set_property(P.VIEWFINDER_OUTPUT, 2)
    eos.pass_time(5.0)
    assert isinstance(eos.try_to(Canon.GET_VIEWFINDER_DATA), Reply)
    assert isinstance(eos.try_to(Canon.GET_VIEWFINDER_DATA), NotYet)


def test_an_endless_frame_is_a_record_of_no_length() -> None:
    eos = Eos()
    eos.set_property(P.VIEWFINDER_OUTPUT, 2)
    eos.pass_time(1.0)
    eos.faults.arm(Fault(FaultName.ENDLESS_FRAME), eos.now)
    data = eos.ask(Canon.GET_VIEWFINDER_DATA).data
    assert data is not None
    length, kind = struct.unpack_from("<II", data)
    # library.c steps over records of other types by their length.
    assert length == 0
    assert kind not in {1, 9, 11}


def test_the_end_of_the_session_ends_live_view_and_drops_what_was_to_be_told() -> None:
    eos = Eos()
    eos.set_property(P.VIEWFINDER_OUTPUT, 2)
    eos.set_property(P.CAPTURE_DESTINATION, RAM)
    eos.eos.session_ended(eos.now)
    assert not eos.body.viewfinder.on
    eos.eos.session_opened(eos.now)
    assert eos.records() == []
    assert eos.body.dials.number(P.CAPTURE_DESTINATION) == CARD


def test_the_card_is_a_tree_of_folders() -> None:
    eos = Eos()
    eos.take()
    assert unpack_array(eos.ask(OperationCode.GET_STORAGE_IDS).data or b"", "I")[0] == (CARD_STORAGE,)
    root = unpack_array(eos.ask(OperationCode.GET_OBJECT_HANDLES, CARD_STORAGE, 0, ALL).data or b"", "I")[0]
    inside = unpack_array(eos.ask(OperationCode.GET_OBJECT_HANDLES, CARD_STORAGE, 0, FOLDER).data or b"", "I")[0]
    assert (len(inside), DCIM in root) == (1, True)
    info = eos.ask(OperationCode.GET_OBJECT_INFO, inside[0]).data or b""
    assert unpack_string(info, 52)[0] == "IMG_0001.JPG"
    listing = eos.ask(Canon.GET_OBJECT_INFO_EX, CARD_STORAGE, FOLDER, 0).data or b""
    assert struct.unpack_from("<IIII", listing) == (1, 56, inside[0], CARD_STORAGE)
    assert struct.unpack_from("<I", listing, 8 + 20) == (PHOTO_BYTES,)
    assert listing[8 + 32 :].split(b"\0")[0] == b"IMG_0001.JPG"


def test_a_deleted_photo_is_gone() -> None:
    eos = Eos()
    eos.take()
    handle = eos.entries("added")[0]["handle"]
    assert isinstance(handle, int)
    assert eos.ask(OperationCode.DELETE_OBJECT, handle).code == ResponseCode.OK
    for code in (OperationCode.DELETE_OBJECT, OperationCode.GET_OBJECT_INFO, OperationCode.GET_THUMB):
        assert eos.ask(code, handle).code == ResponseCode.INVALID_OBJECT


def test_without_a_card_there_is_no_storage() -> None:
    eos = Eos(card_bytes=None)
    assert eos.ask(OperationCode.GET_STORAGE_IDS).data == struct.pack("<I", 0)
    assert eos.ask(OperationCode.GET_STORAGE_INFO, CARD_STORAGE).code == ResponseCode.INVALID_STORAGE
    assert eos.set_property(P.CAPTURE_DESTINATION, CARD) == ResponseCode.INVALID_PARAMETER


def bulb_open() -> Eos:
    eos = Eos()
    eos.body.dials.preset(P.SHUTTER, BULB)
    eos.ask(Canon.RELEASE_ON, BOTH, 1)
    eos.pass_time(1.0)
    return eos


def test_a_half_press_that_is_let_go_ends_no_bulb_exposure() -> None:
    eos = bulb_open()
    eos.ask(Canon.RELEASE_OFF, HALF)
    assert eos.body.busy
    eos.ask(Canon.RELEASE_OFF, FULL)
    eos.finish()
    assert not eos.body.busy


def test_a_release_can_be_refused_so_many_times() -> None:
    eos = bulb_open()
    eos.faults.arm(Fault(FaultName.RELEASE_REFUSED, times=1), eos.now)
    assert eos.ask(Canon.RELEASE_OFF, BOTH).code == ResponseCode.GENERAL_ERROR
    assert eos.body.busy
    assert eos.ask(Canon.RELEASE_OFF, BOTH).code == ResponseCode.OK
    eos.finish()
    assert not eos.body.busy


def test_a_button_can_stay_down_when_its_client_goes_until_another_one_lets_it_go() -> None:
    eos = bulb_open()
    eos.faults.arm(Fault(FaultName.BUTTON_HELD), eos.now)
    eos.body.disconnected(eos.now)
    eos.pass_time(5.0)
    assert eos.body.busy
    eos.ask(Canon.RELEASE_OFF, BOTH)
    eos.finish()
    assert eos.entries("exposed")[0]["shutter_seconds"] == pytest.approx(6.0, abs=0.1)
    assert not eos.body.busy
