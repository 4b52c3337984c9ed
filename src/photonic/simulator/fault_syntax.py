"""Reads faults: a compact form for the command line, a table for files and control requests.

The compact form is ``NAME[:FIELD[,FIELD...]][:SECONDS]``; a field is ``now``, ``frame=N``, ``capture=N``, ``time=S``,
``seconds=S``, ``amount=A``, ``times=N`` or ``every=N``. A table has the same fields as keys, plus ``name``.
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.simulator.fault_kinds import KINDS, FaultName
from photonic.simulator.faults import Fault, FaultStart

if TYPE_CHECKING:
    from collections.abc import Mapping

GRAMMAR = "NAME[:now|frame=N|capture=N|time=S[,seconds=S][,amount=A][,times=N][,every=N]][:SECONDS]"
SHORTEST_EVERY_SECONDS = 0.01
_STARTS = (FaultStart.FRAME, FaultStart.CAPTURE, FaultStart.TIME)
_COUNTED = (FaultStart.FRAME, FaultStart.CAPTURE)
FIELDS = ("name", *_STARTS, "seconds", "amount", "times", "every")


def parse_fault(text: str) -> Fault:
    """Parse the compact form. Raises ``BadInput`` naming the invalid field and its valid values."""
    name, _, rest = text.partition(":")
    listed, _, seconds = rest.partition(":")
    table: dict[str, object] = {"name": name}
    fields = [field for field in listed.split(",") if field not in {"", FaultStart.NOW}]
    if seconds:
        fields.append(f"seconds={seconds}")
    for field in fields:
        key, given, value = field.partition("=")
        if key in table or key == "name":
            raise BadInput(f"{key}: given twice in {text!r}", field=key)
        if not given and key not in _COUNTED:
            raise BadInput(f"unknown fault field {field!r}; the format is {GRAMMAR}", field="fault")
        table[key] = _number_in(key, value) if given else 1
    return read_fault(table)


def read_fault(table: Mapping[str, object]) -> Fault:
    """Read a fault from a table. Raises ``BadInput`` naming the invalid field."""
    refuse_unknown(table, FIELDS)
    name = read_name(table)
    starts = [start for start in _STARTS if start in table]
    if len(starts) > 1:
        raise BadInput(f"{starts[1]}: cannot be combined with {starts[0]}; give one start", field=starts[1])
    start = starts[0] if starts else FaultStart.NOW
    counted = start in _COUNTED
    refuse_unsupported(name, table)
    return Fault(
        name,
        start,
        1 if not starts else checked_count(start, table[start]) if counted else checked(start, table[start]),
        seconds=number(table, "seconds", above=0),
        amount=number(table, "amount", most=KINDS[name].most),
        times=whole(table, "times"),
        every=whole(table, "every") if counted else number(table, "every", least=SHORTEST_EVERY_SECONDS),
    )


def read_name(table: Mapping[str, object]) -> FaultName:
    """Read a table's ``name``. Raises ``BadInput`` with a suggestion or the list of known faults."""
    name, names = table.get("name"), tuple(FaultName)
    if name not in names:
        near = get_close_matches(str(name), names, 1)
        hint = f". Did you mean {near[0]}?" if near else f". Known faults: {', '.join(names)}"
        problem = f"unknown fault {name!r}" if "name" in table else "missing"
        raise BadInput(f"name: {problem}{hint}", field="name")
    return FaultName(name)


def refuse_unknown(table: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Raise ``BadInput`` for the first key that is not in ``known``."""
    for key in table:
        if key not in known:
            raise BadInput(f"{key}: unknown field. Known fields: {', '.join(known)}", field=key)


def refuse_unsupported(name: FaultName, table: Mapping[str, object]) -> None:
    """Raise ``BadInput`` if the fault takes no ``amount`` or no ``times``."""
    kind = KINDS[name]
    if "amount" in table and kind.amount is None:
        raise BadInput(f"amount: {name} takes no amount", field="amount")
    if "times" in table and kind.counts is None:
        raise BadInput(f"times: {name} cannot be counted; limit it with seconds", field="times")


def number(
    table: Mapping[str, object], key: str, *, least: float = 0, above: float | None = None, most: float = 1e9
) -> float | None:
    """Read an optional number; ``None`` if absent. Bounds and errors as ``checked``."""
    if key not in table:
        return None
    return checked(key, table[key], least=least, above=above, most=most)


def checked(key: str, value: object, *, least: float = 0, above: float | None = None, most: float = 1e9) -> float:
    """Return ``value`` if it is a finite number within the bounds, else raise ``BadInput``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput(f"{key}: must be a number, not {value!r}", field=key)
    if value < least or (above is not None and value <= above) or value > most:
        bounds = f"at least {least:g}" if above is None else f"more than {above:g}"
        raise BadInput(f"{key}: must be {bounds} and at most {most:g}, not {value!r}", field=key)
    return value


def whole(table: Mapping[str, object], key: str) -> int | None:
    """Read an optional count (1 or more); ``None`` if absent. Raises ``BadInput``."""
    return checked_count(key, table[key]) if key in table else None


def checked_count(key: str, value: object) -> int:
    """Return ``value`` as a whole number from 1, else raise ``BadInput``."""
    value = checked(key, value, least=1)
    if value != int(value):
        raise BadInput(f"{key}: must be a whole number, not {value!r}", field=key)
    return int(value)


def _number_in(key: str, text: str) -> float:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError as error:
        raise BadInput(f"{key}: must be a number, not {text!r}", field=key) from error
