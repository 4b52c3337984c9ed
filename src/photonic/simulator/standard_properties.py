"""The standard operations on device properties (ISO 15740, clause 13) over a body's dials."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.ptp.codes import OperationCode, ResponseCode, StandardProperty
from photonic.ptp.handler import Reply
from photonic.simulator.properties import ImageFormat
from photonic.simulator.standard_dials import DataType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.simulator.body import Body
    from photonic.simulator.operations import Operation
    from photonic.simulator.standard_dials import StandardDial

    Reading = tuple[P, DataType, Callable[[float], int]]

_READ, _READ_WRITE = 0, 1
_NO_FORM, _RANGE, _ENUMERATION = 0, 1, 2


class StandardProperties:
    """Describes, reads and sets properties.

    ``readings`` are the read-only ones: the dial whose change they follow, the type, and the value at a given time.
    """

    def __init__(
        self, body: Body, dials: Sequence[StandardDial], readings: Mapping[int, Reading] | None = None
    ) -> None:
        self._body = body
        self._dials = {dial.code: dial for dial in dials}
        self._readings = dict(readings or {})

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes of all properties."""
        return tuple(sorted((StandardProperty.BATTERY_LEVEL, *self._dials, *self._readings)))

    @property
    def table(self) -> dict[int, Operation]:
        """The operations by their codes."""
        return {
            OperationCode.GET_PROPERTY_DESCRIPTION: self._describe,
            OperationCode.GET_PROPERTY: self._get,
            OperationCode.SET_PROPERTY: self._set,
        }

    def changed(self, dial: int) -> list[int]:
        """The properties that change with a dial of the body."""
        if dial == P.BATTERY:
            return [StandardProperty.BATTERY_LEVEL]
        codes = [known.code for known in self._dials.values() if known.dial == dial]
        return codes + [code for code, (source, _type, _value) in self._readings.items() if source == dial]

    def _type_and_value(self, code: int, now: float) -> tuple[DataType, int] | None:
        if code == StandardProperty.BATTERY_LEVEL:
            return DataType.U8, round(self._body.power.battery_percent)
        if reading := self._readings.get(code):
            return reading[1], reading[2](now)
        if known := self._dials.get(code):
            return known.type, known.value(self._body.dials.properties[known.dial].value)
        return None

    def _describe(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        code = parameters[0]
        found = self._type_and_value(code, now)
        if found is None:
            return Reply(ResponseCode.PROPERTY_NOT_SUPPORTED)
        (number, letter), value = found[0].value, found[1]
        choices = self._choices(code)
        head = struct.pack(f"<HHB2{letter}", code, number, _READ_WRITE if choices else _READ, value, value)
        if code == StandardProperty.BATTERY_LEVEL:
            return Reply(data=head + struct.pack(f"<B3{letter}", _RANGE, 0, 100, 1))
        if code in self._readings:
            return Reply(data=head + bytes([_NO_FORM]))
        # A property that the body controls in this mode has one value.
        offered = choices or [value]
        return Reply(data=head + struct.pack(f"<BH{len(offered)}{letter}", _ENUMERATION, len(offered), *offered))

    def _choices(self, code: int) -> list[int]:
        known = self._dials.get(code)
        if known is None:
            return []
        settable = self._body.dials.properties[known.dial].choices
        return [value for value, position in known.positions.items() if position in settable]

    def _get(self, parameters: tuple[int, ...], _data: bytes, now: float) -> Reply:
        found = self._type_and_value(parameters[0], now)
        if found is None:
            return Reply(ResponseCode.PROPERTY_NOT_SUPPORTED)
        return Reply(data=struct.pack(f"<{found[0].value[1]}", found[1]))

    def _set(self, parameters: tuple[int, ...], data: bytes, now: float) -> Reply:
        code = parameters[0]
        if code not in self.codes:
            return Reply(ResponseCode.PROPERTY_NOT_SUPPORTED)
        choices = self._choices(code)
        if not choices:
            return Reply(ResponseCode.ACCESS_DENIED)
        known = self._dials[code]
        letter = known.type.value[1]
        if len(data) != struct.calcsize(letter):
            return Reply(ResponseCode.INVALID_VALUE)
        (value,) = struct.unpack(f"<{letter}", data)
        if value not in choices:
            return Reply(ResponseCode.INVALID_VALUE)
        position = known.positions[value]
        packed = position.pack() if isinstance(position, ImageFormat) else struct.pack("<I", position)
        self._body.set(known.dial, packed, now)
        return Reply()
