"""The camera's side of PTP on USB: operations, class requests, halts, events, damage, and that nothing breaks it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.ptp.codes import OperationCode, ResponseCode
from photonic.ptp.containers import Container, ContainerType, with_parameters
from photonic.ptp.damage import Cut, Misnumber, Strand
from photonic.ptp.handler import NotYet, Reply
from photonic.ptp.usb_pipe import InPipe, InTransfer, TransferEnd
from photonic.ptp.usb_responder import BulkPipe, ClassRequest, UsbResponder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.ptp.damage import Damage
    from photonic.ptp.packets import OperationRequest

LATE = 0x9002
NO_DATA = 0x9003


class LateCamera:
    """Returns what it is sent, answers ``LATE`` at the second of 10, and everything else with data of a given size."""

    def __init__(self) -> None:
        self.sessions: list[str] = []
        self.size = 4
        self.news: list[tuple[int, tuple[int, ...]]] = []
        self.set: list[bytes] = []
        self.harm: Sequence[Damage] = ()

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        if request.sends_data:
            self.set.append(data)
            return Reply()
        if request.code == LATE and now < 10:
            return NotYet(10.0)
        return Reply(parameters=request.parameters, data=None if request.code == NO_DATA else b"x" * self.size)

    def events(self) -> list[tuple[int, tuple[int, ...]]]:
        news, self.news = self.news, []
        return news

    def session_opened(self, now: float) -> None:
        self.sessions.append("opened")

    def session_ended(self, now: float) -> None:
        self.sessions.append("ended")

    def damage(self, request: OperationRequest, data_bytes: int | None, now: float) -> Damage | None:
        harm, self.harm = self.harm, ()
        return harm[0] if harm else None


class Host:
    """Writes containers and reads containers as a USB host does."""

    def __init__(self) -> None:
        self.camera = LateCamera()
        self.responder = UsbResponder(self.camera, wire=self.camera)
        self.number = 0

    def ask(self, code: int, *parameters: int, now: float = 0.0) -> bool:
        self.number += 1
        command = with_parameters(ContainerType.COMMAND, code, self.number, parameters)
        return self.responder.written(command.pack(), now)

    def send(self, code: int, payload: bytes) -> bool:
        return self.responder.written(Container(ContainerType.DATA, code, self.number, payload).pack(), 0.0)

    def read(self) -> Container | None:
        end, data = self.transfer(self.responder.bulk_in)
        return Container.unpack(data) if end is TransferEnd.DONE else None

    def transfer(self, pipe: InPipe, length: int = 1 << 20) -> tuple[TransferEnd | None, bytes]:
        transfer = InTransfer(length)
        return pipe.fill(transfer), bytes(transfer.data)

    def open(self) -> None:
        assert self.ask(OperationCode.OPEN_SESSION, 1)
        self.expect(ResponseCode.OK)

    def expect(self, code: int) -> None:
        assert self.read() == with_parameters(ContainerType.RESPONSE, code, self.number)

    def status(self) -> tuple[int, ...]:
        data = self.responder.control(ClassRequest.DEVICE_STATUS, b"", 0.0)
        assert data is not None
        length, code = struct.unpack_from("<HH", data)
        assert length == len(data)
        return code, *struct.unpack_from(f"<{(length - 4) // 4}I", data, 4)


@pytest.fixture
def host() -> Host:
    host = Host()
    host.open()
    return host


def test_a_session_is_needed_and_opened_once() -> None:
    host = Host()
    host.ask(NO_DATA)
    host.expect(ResponseCode.SESSION_NOT_OPEN)
    host.open()
    host.ask(OperationCode.OPEN_SESSION, 1)
    host.expect(ResponseCode.SESSION_ALREADY_OPEN)
    host.ask(OperationCode.CLOSE_SESSION)
    host.expect(ResponseCode.OK)
    assert host.camera.sessions == ["opened", "ended"]


@pytest.mark.parametrize("size", [0, 1, 499, 500, 501, 512, 1012, 80_000])
def test_data_and_response_are_two_messages_at_every_length(host: Host, size: int) -> None:
    host.camera.size = size
    host.ask(0x9001, 7)
    assert host.read() == Container(ContainerType.DATA, 0x9001, host.number, b"x" * size)
    assert host.read() == with_parameters(ContainerType.RESPONSE, ResponseCode.OK, host.number, (7,))
    assert not host.responder.bulk_in


def test_a_body_that_forgets_the_packet_of_no_bytes_runs_data_and_response_together(host: Host) -> None:
    host.responder.ends_messages = False
    host.camera.size = 500
    host.ask(0x9001)
    end, data = host.transfer(host.responder.bulk_in)
    assert end is TransferEnd.DONE
    assert len(data) == 512 + 12


def test_the_host_sends_data_where_the_operation_has_it(host: Host) -> None:
    host.ask(OperationCode.SET_PROPERTY, 0x5001)
    assert host.read() is None
    assert host.send(OperationCode.SET_PROPERTY, b"value")
    host.expect(ResponseCode.OK)
    assert host.camera.set == [b"value"]


def test_an_answer_that_takes_time_keeps_the_out_pipe_waiting(host: Host) -> None:
    host.ask(LATE)
    assert (host.responder.wake_at, host.responder.accepts) == (10.0, False)
    assert host.status() == (ResponseCode.DEVICE_BUSY,)
    host.responder.wake(10.0)
    assert host.read() is not None
    assert (host.responder.wake_at, host.responder.accepts) == (None, True)


def test_a_cancelled_operation_is_not_answered(host: Host) -> None:
    host.ask(LATE)
    assert host.responder.control(ClassRequest.CANCEL, struct.pack("<HI", 0x4001, host.number), 0.0) == b""
    assert host.status() == (ResponseCode.TRANSACTION_CANCELLED,)
    assert host.status() == (ResponseCode.OK,)
    host.responder.wake(11.0)
    assert host.read() is None
    host.ask(NO_DATA)
    host.expect(ResponseCode.OK)


@pytest.mark.parametrize("data", [b"", struct.pack("<HI", 0x4002, 2)])
def test_a_malformed_cancel_is_refused(host: Host, data: bytes) -> None:
    assert host.responder.control(ClassRequest.CANCEL, data, 0.0) is None


def test_a_cancel_for_another_operation_changes_nothing(host: Host) -> None:
    host.ask(LATE)
    host.responder.control(ClassRequest.CANCEL, struct.pack("<HI", 0x4001, host.number + 1), 0.0)
    host.responder.wake(10.0)
    assert host.read() is not None


def test_garbage_halts_both_pipes_until_each_is_cleared(host: Host) -> None:
    assert not host.responder.written(b"garbage", 0.0)
    assert host.status() == (ResponseCode.TRANSACTION_CANCELLED, 0x81, 0x02)
    assert not host.ask(NO_DATA)
    assert host.transfer(host.responder.bulk_in)[0] is TransferEnd.STALLED
    host.responder.clear_halt(BulkPipe.OUT)
    assert host.ask(NO_DATA)
    host.responder.clear_halt(BulkPipe.IN)
    host.expect(ResponseCode.OK)
    assert host.camera.sessions == ["opened"]


def test_a_class_reset_ends_session_operation_and_halts(host: Host) -> None:
    host.ask(LATE)
    host.responder.halt(BulkPipe.IN)
    assert host.responder.control(ClassRequest.RESET, b"", 0.0) == b""
    assert host.status() == (ResponseCode.OK,)
    assert host.camera.sessions == ["opened", "ended"]
    host.open()


def test_an_unknown_class_request_is_refused(host: Host) -> None:
    assert host.responder.control(ClassRequest.EXTENDED_EVENT_DATA, b"", 0.0) is None


def test_events_come_through_their_own_pipe(host: Host) -> None:
    host.camera.news = [(0x4002, (5,)), (0x400D, ())]
    host.responder.wake(0.0)
    events = [Container.unpack(host.transfer(host.responder.events)[1]) for _ in range(2)]
    assert [(event.type, event.code, event.parameters()) for event in events] == [
        (ContainerType.EVENT, 0x4002, (5,)),
        (ContainerType.EVENT, 0x400D, ()),
    ]


def test_a_cut_answer_ends_in_a_halt(host: Host) -> None:
    host.camera.size, host.camera.harm = 5000, [Cut(1000)]
    host.ask(0x9001)
    end, data = host.transfer(host.responder.bulk_in)
    assert (end, len(data)) == (TransferEnd.DONE, 1012)
    assert host.transfer(host.responder.bulk_in)[0] is TransferEnd.STALLED
    host.responder.clear_halt(BulkPipe.IN)
    host.ask(NO_DATA)
    host.expect(ResponseCode.OK)


def test_after_a_stranded_answer_only_a_reset_helps(host: Host) -> None:
    host.camera.size, host.camera.harm = 5000, [Strand(1000)]
    host.ask(0x9001)
    host.transfer(host.responder.bulk_in)
    assert not host.responder.accepts
    host.responder.clear_halt(BulkPipe.OUT)
    host.responder.clear_halt(BulkPipe.IN)
    assert not host.responder.accepts
    host.responder.control(ClassRequest.RESET, b"", 0.0)
    assert host.responder.accepts
    host.open()


def test_an_answer_can_carry_the_number_of_another_transaction(host: Host) -> None:
    host.camera.harm = [Misnumber(-1)]
    host.ask(NO_DATA)
    answer = host.read()
    assert answer is not None
    assert answer.transaction == host.number - 1


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(["in", "out", "reset", "status", "ask"])), max_size=30)
)
def test_whatever_a_host_does_a_reset_brings_the_camera_back(steps: list[bytes | str]) -> None:
    host = Host()
    responder = host.responder
    for step in steps:
        match step:
            case bytes():
                if responder.accepts:
                    responder.written(step, 0.0)
            case "in":
                responder.clear_halt(BulkPipe.IN)
                host.transfer(responder.bulk_in, 512)
            case "out":
                responder.clear_halt(BulkPipe.OUT)
            case "status":
                host.status()
            case "ask" if responder.accepts:
                host.ask(LATE)
            case _:
                responder.control(ClassRequest.RESET, b"", 0.0)
    responder.control(ClassRequest.RESET, b"", 0.0)
    host.open()
