"""A simulated EOS, and a parser for its records."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.unit.simulator.bodies import BodyHarness

from photonic.ptp.codes import CanonEvent as Event
from photonic.ptp.codes import CanonOperation as Canon
from photonic.ptp.handler import NotYet, Reply
from photonic.ptp.packets import OperationRequest
from photonic.simulator.canon import CanonEos

if TYPE_CHECKING:
    from collections.abc import Iterator


HALF, FULL, BOTH = 1, 2, 3


class Eos(BodyHarness):
    """A camera in a session, with its events switched on."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.eos = CanonEos(self.body, self.journal, model="Canon EOS Test", version="1", serial="17")
        self.eos.session_opened(self.now)
        self.ask(Canon.SET_EVENT_MODE, 1)

    def try_to(self, code: int, *parameters: int, data: bytes = b"") -> Reply | NotYet:
        return self.eos.operate(OperationRequest(code, 1, parameters, sends_data=bool(data)), data, self.now)

    def ask(self, code: int, *parameters: int, data: bytes = b"") -> Reply:
        """The response, however long it takes."""
        while isinstance(answer := self.try_to(code, *parameters, data=data), NotYet):
            self.now = max(self.now, answer.at)
        return answer

    def set_property(self, code: int, value: bytes | int) -> int:
        value = struct.pack("<I", value) if isinstance(value, int) else value
        return self.ask(Canon.SET_PROPERTY, data=struct.pack("<II", 8 + len(value), code) + value).code

    def records(self) -> list[tuple[int, bytes]]:
        """The camera's events: (code, body)."""
        data = self.ask(Canon.GET_EVENTS).data
        assert data is not None
        return list(split(data))

    def reported(self, code: int) -> list[bytes]:
        return [body for kind, body in self.records() if kind == code]

    def take(self) -> None:
        self.ask(Canon.RELEASE_ON, FULL, 0)
        self.finish()


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while True:
        size, code = struct.unpack_from("<II", data, at)
        if (size, code) == (8, 0):
            assert at + 8 == len(data), "something stands behind the end"
            return
        assert size >= 8
        yield code, data[at + 8 : at + size]
        at += size


def values(records: list[tuple[int, bytes]]) -> dict[int, bytes]:
    return {struct.unpack_from("<I", body)[0]: body[4:] for kind, body in records if kind == Event.PROPERTY_VALUE}
