"""How a fault is written: as a word on the command line, or as a table in a file or in an order.

A word is ``NAME[:FIELD[,FIELD...]][:SECONDS]``; a field is ``now``, ``frame=N``, ``capture=N``, ``time=S``,
``seconds=S``, ``amount=A``, ``times=N`` or ``every=N``. A table has the same fields as keys, and ``name``.
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
    """The fault that a word means. Raises ``BadInput`` that says what is taken, and what is wrong."""
    name, _, rest = text.partition(":")
    words, _, seconds = rest.partition(":")
    table: dict[str, object] = {"name": name}
    fields = [field for field in words.split(",") if field not in {"", FaultStart.NOW}]
    if seconds:
        fields.append(f"seconds={seconds}")
    for field in fields:
        key, given, value = field.partition("=")
        if key in table or key == "name":
            raise BadInput(f"{key} is given twice in {text!r}", field=key)
        if not given and key not in _COUNTED:
            raise BadInput(f"{field!r} is no field of a fault: it is written {GRAMMAR}", field="fault")
        table[key] = _number_in(key, value) if given else 1
    return read_fault(table)


def write_fault(fault: Fault) -> str:
    """The word that means this fault."""
    start = [] if fault.start is FaultStart.NOW else [f"{fault.start}={fault.number}"]
    named = {"seconds": fault.seconds, "amount": fault.amount, "times": fault.times, "every": fault.every}
    return ":".join(
        part
        for part in (
            fault.name,
            ",".join([*start, *(f"{key}={value}" for key, value in named.items() if value is not None)]),
        )
        if part
    )


def read_fault(table: Mapping[str, object]) -> Fault:
    """The fault that a table means. Raises ``BadInput`` that names the field that is wrong."""
    refuse_unknown(table, FIELDS)
    name = read_name(table)
    starts = [start for start in _STARTS if start in table]
    if len(starts) > 1:
        raise BadInput(f"{starts[1]}: a fault starts once, and {starts[0]} is given", field=starts[1])
    start = starts[0] if starts else FaultStart.NOW
    counted = start in _COUNTED
    refuse_what_it_has_not(name, table)
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
    """The fault that a table names. Raises ``BadInput``."""
    name, names = table.get("name"), tuple(FaultName)
    if name not in names:
        near = get_close_matches(str(name), names, 1)
        meant = f"; did you mean {near[0]}?" if near else f"; there is {', '.join(names)}"
        said = f"no fault named {name!r}" if "name" in table else "the fault has no name"
        raise BadInput(f"name: {said}{meant}", field="name")
    return FaultName(name)


def refuse_unknown(table: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Raises ``BadInput`` for a key that is not among the known ones."""
    for key in table:
        if key not in known:
            raise BadInput(f"{key}: no such field; there is {', '.join(known)}", field=key)


def refuse_what_it_has_not(name: FaultName, table: Mapping[str, object]) -> None:
    """Raises ``BadInput`` for an amount or a number of times where the fault has none."""
    kind = KINDS[name]
    if "amount" in table and kind.amount is None:
        raise BadInput(f"amount: {name} has none", field="amount")
    if "times" in table and kind.counts is None:
        raise BadInput(f"times: {name} strikes nothing that could be counted; say seconds", field="times")


def number(
    table: Mapping[str, object], key: str, *, least: float = 0, above: float | None = None, most: float = 1e9
) -> float | None:
    """A number of a table; ``None``: it is not given. Raises ``BadInput``."""
    if key not in table:
        return None
    return checked(key, table[key], least=least, above=above, most=most)


def checked(key: str, value: object, *, least: float = 0, above: float | None = None, most: float = 1e9) -> float:
    """A number in its bounds. Raises ``BadInput``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadInput(f"{key}: takes a number, not {value!r}", field=key)
    if value < least or (above is not None and value <= above) or value > most:
        bounds = f"{least:g} or more" if above is None else f"more than {above:g}"
        raise BadInput(f"{key}: takes {bounds}, and {most:g} at the most, not {value!r}", field=key)
    return value


def whole(table: Mapping[str, object], key: str) -> int | None:
    """A count from 1 of a table; ``None``: it is not given. Raises ``BadInput``."""
    return checked_count(key, table[key]) if key in table else None


def checked_count(key: str, value: object) -> int:
    """A count from 1. Raises ``BadInput``."""
    value = checked(key, value, least=1)
    if value != int(value):
        raise BadInput(f"{key}: takes a whole number, not {value!r}", field=key)
    return int(value)


def _number_in(key: str, text: str) -> float:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError as error:
        raise BadInput(f"{key}: takes a number, not {text!r}", field=key) from error
