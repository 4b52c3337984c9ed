"""The camera's side of PTP/IP without sockets: the clients that it accepts, its answers, and that nothing breaks it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.ptp import packets
from photonic.ptp.codes import OperationCode, ResponseCode
from photonic.ptp.damage import Cut, Misnumber, Strand
from photonic.ptp.handler import NotYet, Reply
from photonic.ptp.packets import FailReason, OperationRequest, Packet, PacketDecoder, PacketType
from photonic.ptp.responder import CloseConnection, Responder, Send

if TYPE_CHECKING:
    from photonic.ptp.damage import Damage
    from photonic.ptp.responder import Action

GUID = bytes(range(16))
COMMAND, EVENTS, STRANGER = 1, 2, 3
ECHO, LATE, UNKNOWN = 0x9001, 0x9002, 0x9FFF


class Camera:
    """Echoes what a client sends, answers ``LATE`` at the second of 10, and refuses everything else."""

    def __init__(self) -> None:
        self.sessions: list[str] = []
        self.asked: list[OperationRequest] = []
        self.news: list[tuple[int, tuple[int, ...]]] = []

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        self.asked.append(request)
        match request.code:
            case _ if request.code == ECHO:
                return Reply(parameters=request.parameters, data=data)
            case _ if request.code == LATE:
                return Reply(data=b"late") if now >= 10 else NotYet(10.0)
            case OperationCode.GET_DEVICE_INFO:
                return Reply(data=b"info")
            case _:
                return Reply(ResponseCode.OPERATION_NOT_SUPPORTED)

    def events(self) -> list[tuple[int, tuple[int, ...]]]:
        news, self.news = self.news, []
        return news

    def session_opened(self, now: float) -> None:
        self.sessions.append("opened")

    def session_ended(self, now: float) -> None:
        self.sessions.append("ended")


class BadWire:
    """Damages the next answers as listed in ``harm``, one after the other."""

    def __init__(self) -> None:
        self.harm: list[Damage | None] = []
        self.asked: list[tuple[int, int | None]] = []

    def damage(self, request: OperationRequest, data_bytes: int | None, now: float) -> Damage | None:
        self.asked.append((request.code, data_bytes))
        return self.harm.pop(0) if self.harm else None


class Wire:
    """The responder, with its output decoded into packets."""

    def __init__(self) -> None:
        self.camera = Camera()
        self.bad = BadWire()
        self.responder = Responder(self.camera, guid=GUID, name="Canon", wire=self.bad)
        self.said: dict[int, list[Packet]] = {}
        self.closed: list[int] = []
        self._decoders: dict[int, PacketDecoder] = {}
        self._transaction = 0

    def open(self, connection: int) -> None:
        self.responder.opened(connection)
        self._decoders[connection] = PacketDecoder()

    def hear(self, connection: int, data: bytes, now: float = 0.0) -> list[Packet]:
        return self.take(self.responder.received(connection, data, now)).get(connection, [])

    def take(self, actions: list[Action]) -> dict[int, list[Packet]]:
        said: dict[int, list[Packet]] = {}
        for action in actions:
            match action:
                case Send(connection, data):
                    said.setdefault(connection, []).extend(self._decoders[connection].feed(data))
                case CloseConnection(connection, _):
                    self.closed.append(connection)
        return said

    def init(self, connection: int = COMMAND, events: int = EVENTS) -> None:
        self.open(connection)
        (ack,) = self.hear(connection, init_command())
        assert ack.type is PacketType.INIT_COMMAND_ACK
        self.open(events)
        (ack,) = self.hear(events, packets.pack(PacketType.INIT_EVENT_REQUEST, ack.body[:4]))
        assert ack == Packet(PacketType.INIT_EVENT_ACK, b"")

    def ask(self, code: int, *parameters: int, now: float = 0.0, data: bytes | None = None) -> list[Packet]:
        self._transaction += 1
        request = operation(code, self._transaction, *parameters, sends=data is not None)
        said = self.hear(COMMAND, request, now)
        if data is not None:
            said += self.hear(COMMAND, b"".join(packets.pack_data(self._transaction, data)), now)
        return said

    def connected(self) -> Wire:
        self.init()
        assert code_of(self.ask(OperationCode.OPEN_SESSION, 1)) == ResponseCode.OK
        return self


def init_command() -> bytes:
    body = GUID + "tester\0".encode("utf-16-le") + struct.pack("<I", 0x10000)
    return packets.pack(PacketType.INIT_COMMAND_REQUEST, body)


def operation(code: int, transaction: int, *parameters: int, sends: bool = False) -> bytes:
    head = struct.pack("<IHI", 2 if sends else 1, code, transaction)
    return packets.pack(PacketType.OPERATION_REQUEST, head + struct.pack(f"<{len(parameters)}I", *parameters))


def code_of(said: list[Packet]) -> int:
    """The response code in the last packet."""
    assert said[-1].type is PacketType.OPERATION_RESPONSE
    return struct.unpack_from("<H", said[-1].body)[0]


def data_of(said: list[Packet]) -> bytes:
    return b"".join(packet.body[4:] for packet in said if packet.type in {PacketType.DATA, PacketType.END_DATA})


def test_a_client_is_let_in_and_learns_who_answers() -> None:
    wire = Wire()
    wire.open(COMMAND)
    (ack,) = wire.hear(COMMAND, init_command())
    assert ack.body[4:20] == GUID
    assert ack.body[20:-4] == "Canon\0".encode("utf-16-le")


def test_data_goes_both_ways() -> None:
    said = Wire().connected().ask(ECHO, 7, 8, data=b"x" * 100_000)
    assert data_of(said) == b"x" * 100_000
    assert struct.unpack("<HIII", said[-1].body) == (ResponseCode.OK, 2, 7, 8)


def test_an_operation_may_arrive_byte_by_byte() -> None:
    wire = Wire().connected()
    said = [packet for byte in operation(ECHO, 9) for packet in wire.hear(COMMAND, bytes([byte]))]
    assert code_of(said) == ResponseCode.OK


def test_an_unknown_operation_is_answered_so_and_the_next_one_works() -> None:
    wire = Wire().connected()
    assert code_of(wire.ask(UNKNOWN)) == ResponseCode.OPERATION_NOT_SUPPORTED
    assert code_of(wire.ask(ECHO)) == ResponseCode.OK


def test_before_a_session_only_device_information_is_given() -> None:
    wire = Wire()
    wire.init()
    assert data_of(wire.ask(OperationCode.GET_DEVICE_INFO)) == b"info"
    assert code_of(wire.ask(ECHO)) == ResponseCode.SESSION_NOT_OPEN
    assert [request.code for request in wire.camera.asked] == [OperationCode.GET_DEVICE_INFO]


def test_a_session_is_opened_once_and_can_be_opened_again_after_its_end() -> None:
    wire = Wire().connected()
    assert code_of(wire.ask(OperationCode.OPEN_SESSION, 1)) == ResponseCode.SESSION_ALREADY_OPEN
    assert code_of(wire.ask(OperationCode.CLOSE_SESSION)) == ResponseCode.OK
    assert code_of(wire.ask(OperationCode.OPEN_SESSION, 1)) == ResponseCode.OK
    assert wire.camera.sessions == ["opened", "ended", "opened"]


def test_a_second_client_gets_busy_and_the_first_keeps_the_camera() -> None:
    wire = Wire().connected()
    wire.open(STRANGER)
    (fail,) = wire.hear(STRANGER, init_command())
    assert fail == Packet(PacketType.INIT_FAIL, struct.pack("<I", FailReason.BUSY))
    assert wire.closed == [STRANGER]
    assert code_of(wire.ask(ECHO)) == ResponseCode.OK


def test_an_event_connection_of_another_client_is_refused() -> None:
    wire = Wire().connected()
    wire.open(STRANGER)
    (fail,) = wire.hear(STRANGER, packets.pack(PacketType.INIT_EVENT_REQUEST, struct.pack("<I", 99)))
    assert fail.type is PacketType.INIT_FAIL


def test_a_client_that_goes_leaves_the_camera_to_the_next() -> None:
    wire = Wire().connected()
    wire.take(wire.responder.closed(COMMAND, 1.0))
    assert wire.closed == [EVENTS]
    assert wire.camera.sessions == ["opened", "ended"]
    wire.init(connection=4, events=5)


def test_a_client_that_goes_in_the_middle_of_its_data_leaves_the_camera_to_the_next() -> None:
    wire = Wire().connected()
    wire.hear(COMMAND, operation(ECHO, 5, sends=True))
    wire.hear(COMMAND, packets.pack(PacketType.START_DATA, struct.pack("<IQ", 5, 1000)))
    wire.hear(COMMAND, packets.pack(PacketType.DATA, struct.pack("<I", 5) + b"x" * 10))
    wire.take(wire.responder.closed(COMMAND, 1.0))
    assert ECHO not in [request.code for request in wire.camera.asked]
    wire.init(connection=4, events=5)


def test_garbage_closes_the_connection_that_brought_it_and_its_sister() -> None:
    wire = Wire().connected()
    wire.hear(COMMAND, b"\xff" * 64)
    assert sorted(wire.closed) == [COMMAND, EVENTS]
    assert not wire.responder.connected
    wire.init(connection=4, events=5)


def test_garbage_from_a_stranger_does_not_touch_the_client() -> None:
    wire = Wire().connected()
    wire.open(STRANGER)
    wire.hear(STRANGER, b"GET / HTTP/1.1\r\n\r\n")
    assert wire.closed == [STRANGER]
    assert code_of(wire.ask(ECHO)) == ResponseCode.OK


def test_a_late_answer_names_its_time_and_comes_then() -> None:
    wire = Wire().connected()
    assert wire.ask(LATE, now=9.0) == []
    assert wire.responder.wake_at == 10.0
    assert wire.take(wire.responder.wake(9.5)) == {}
    assert data_of(wire.take(wire.responder.wake(10.0))[COMMAND]) == b"late"
    assert wire.responder.wake_at is None


def test_a_cancelled_operation_is_not_answered_any_more() -> None:
    wire = Wire().connected()
    wire.ask(LATE)
    wire.hear(COMMAND, packets.pack(PacketType.CANCEL, struct.pack("<I", 2)))
    assert wire.take(wire.responder.wake(10.0)) == {}
    assert code_of(wire.ask(ECHO)) == ResponseCode.OK


def test_the_camera_answers_pings_and_never_sends_one() -> None:
    wire = Wire().connected()
    assert wire.hear(EVENTS, packets.pack(PacketType.PING)) == [Packet(PacketType.PONG, b"")]
    assert wire.hear(COMMAND, packets.pack(PacketType.PING)) == [Packet(PacketType.PONG, b"")]


def test_events_go_to_the_event_connection_once() -> None:
    wire = Wire().connected()
    wire.camera.news = [(0x4002, (77,))]
    said = wire.take(wire.responder.wake(1.0))
    assert wire.take(wire.responder.wake(2.0)) == {}
    assert said == {EVENTS: [Packet(PacketType.EVENT, struct.pack("<HII", 0x4002, 0xFFFFFFFF, 77))]}


def test_the_events_of_an_operation_follow_its_answer() -> None:
    wire = Wire().connected()
    wire.camera.news = [(0x400D, ())]
    *_, answer = wire.ask(ECHO)
    assert answer.type is PacketType.OPERATION_RESPONSE
    assert wire.camera.news == []


def test_events_are_kept_until_there_is_an_event_connection() -> None:
    wire = Wire()
    wire.camera.news = [(0x400D, ())]
    wire.responder.wake(1.0)
    assert wire.camera.news


def test_an_answer_that_is_cut_ends_both_connections_after_so_many_bytes() -> None:
    wire = Wire().connected()
    wire.bad.harm = [Cut(30)]
    (start,) = wire.ask(ECHO, data=b"x" * 100)
    assert start == Packet(PacketType.START_DATA, struct.pack("<IQ", 2, 100))
    rest = bytes(wire._decoders[COMMAND]._buffer)
    assert rest == packets.pack_data(2, b"x" * 100)[1][: 12 + 30]
    assert wire.closed == [COMMAND, EVENTS]
    assert wire.camera.sessions == ["opened", "ended"]
    wire.init(connection=4, events=5)


@pytest.mark.parametrize(("harm", "closed"), [(Cut(0), [COMMAND, EVENTS]), (Strand(0), [])])
def test_requests_after_a_truncated_answer_are_ignored(harm: Damage, closed: list[int]) -> None:
    wire = Wire().connected()
    wire.bad.harm = [harm]
    wire.hear(COMMAND, operation(ECHO, 5) + operation(ECHO, 6))
    assert wire.closed == closed
    assert [request.transaction for request in wire.camera.asked] == [5]


def test_after_a_stranded_answer_nothing_is_sent_and_nothing_closed() -> None:
    wire = Wire().connected()
    wire.bad.harm = [Strand(30)]
    (start,) = wire.ask(ECHO, data=b"x" * 100)
    assert start.type is PacketType.START_DATA
    assert wire.ask(ECHO) == []
    assert wire.hear(EVENTS, packets.pack(PacketType.PING)) == []
    assert wire.hear(COMMAND, b"\xff" * 64) == []
    assert wire.closed == []
    assert wire.responder.wake_at is None


def test_the_next_client_takes_the_place_of_a_stranded_one_whose_session_ends_then() -> None:
    wire = Wire().connected()
    wire.responder.abandon()
    assert wire.camera.sessions == ["opened"]
    wire.init(connection=4, events=5)
    assert wire.camera.sessions == ["opened", "ended"]
    assert wire.closed == []
    # What the old one says, and its end, mean nothing to the new one.
    assert wire.hear(COMMAND, operation(ECHO, 5)) == []
    assert wire.responder.closed(COMMAND, 0.0) == []
    assert wire.responder.serves(4)


def test_a_stranded_client_that_goes_leaves_the_camera_to_the_next() -> None:
    wire = Wire().connected()
    wire.responder.abandon()
    assert wire.take(wire.responder.closed(COMMAND, 0.0)) == {}
    assert wire.closed == []
    assert wire.camera.sessions == ["opened", "ended"]
    wire.init(connection=4, events=5)


def test_abandoning_without_a_client_does_nothing() -> None:
    wire = Wire()
    wire.responder.abandon()
    assert code_of(wire.connected().ask(ECHO)) == ResponseCode.OK


@pytest.mark.parametrize("offset", [1, -1])
def test_a_misnumbered_answer_carries_another_transaction_throughout(offset: int) -> None:
    wire = Wire().connected()
    wire.bad.harm = [Misnumber(offset)]
    said = wire.ask(ECHO, data=b"x")
    assert {struct.unpack_from("<I", packet.body)[0] for packet in said[:-1]} == {2 + offset}
    assert struct.unpack_from("<HI", said[-1].body) == (ResponseCode.OK, 2 + offset)
    assert struct.unpack_from("<HI", wire.ask(ECHO)[-1].body) == (ResponseCode.OK, 3)


def test_the_wire_is_asked_once_for_each_answer_with_its_size() -> None:
    wire = Wire().connected()
    wire.ask(LATE, now=9.0)
    wire.take(wire.responder.wake(10.0))
    wire.ask(UNKNOWN)
    assert wire.bad.asked[1:] == [(LATE, 4), (UNKNOWN, None)]


MESSAGES = st.one_of(
    st.binary(max_size=60),
    st.builds(packets.pack, st.sampled_from(PacketType), st.binary(max_size=40)),
    st.builds(operation, st.integers(0, 2**16 - 1), st.integers(0, 20), sends=st.booleans()),
    st.just(init_command()),
)
STEPS = st.lists(st.tuples(st.integers(1, 4), st.one_of(MESSAGES, st.none())), max_size=30)
HARM = st.lists(st.sampled_from([None, None, Cut(0), Strand(0), Misnumber(1)]), max_size=10)


@given(STEPS, HARM)
def test_whatever_comes_the_next_client_is_served(
    steps: list[tuple[int, bytes | None]], harm: list[Damage | None]
) -> None:
    wire = Wire()
    wire.bad.harm = [*harm]
    opened: set[int] = set()
    for number, message in steps:
        if number not in opened:
            wire.open(number)
            opened.add(number)
        if message is None:
            opened.discard(number)
            wire.take(wire.responder.closed(number, 0.0))
        else:
            wire.hear(number, message)
        for closed in wire.closed:
            opened.discard(closed)
            wire.take(wire.responder.closed(closed, 0.0))
        wire.closed.clear()
    for number in opened:
        wire.take(wire.responder.closed(number, 0.0))
    wire.bad.harm = []
    wire.init()
    assert code_of(wire.ask(OperationCode.OPEN_SESSION, 1)) == ResponseCode.OK
    assert code_of(wire.ask(ECHO)) == ResponseCode.OK
