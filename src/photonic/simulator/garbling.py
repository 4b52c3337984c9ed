"""A camera whose answers are mutated: bytes turned, numbers made extreme, tables cut off or repeated.

The same amount (a seed) makes the same mutations of the same answers, so that what was found can be played again.
"""

from __future__ import annotations

import hashlib
import random
import struct
from typing import TYPE_CHECKING

from photonic.ptp.handler import Reply
from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from photonic.ptp.handler import Handler, NotYet
    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal

LONGEST = 4 * 1024 * 1024
"""No answer gets longer than that by a mutation."""
_EXTREME = (0, 1, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def garbled(data: bytes, seed: int) -> bytes:
    """The answer after one to four mutations; the same for the same data and seed."""
    dice = random.Random(seed)
    for _mutation in range(dice.randint(1, 4)):
        data = dice.choice(_MUTATIONS)(data, dice)[:LONGEST]
    return data


def _turned(data: bytes, dice: random.Random) -> bytes:
    turned = bytearray(data)
    for _byte in range(dice.randint(1, 8) if data else 0):
        turned[dice.randrange(len(turned))] ^= 1 << dice.randrange(8)
    return bytes(turned)


def _extreme(data: bytes, dice: random.Random) -> bytes:
    """A number of 1, 2 or 4 bytes is what no camera says: lengths and counts stand in the first bytes of a table."""
    size, form = dice.choice(((1, "<B"), (2, "<H"), (4, "<I")))
    if len(data) < size:
        return data
    place = dice.randrange(0, min(len(data), dice.choice((16, 256, len(data)))) - size + 1)
    number = dice.choice(_EXTREME) & (256**size - 1)
    return data[:place] + struct.pack(form, number) + data[place + size :]


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randint(0, len(data))]


def _repeated(data: bytes, dice: random.Random) -> bytes:
    begin = dice.randint(0, len(data))
    end = dice.randint(begin, len(data))
    return data[:end] + data[begin:end] * dice.randint(1, 9) + data[end:]


def _zeroed(data: bytes, dice: random.Random) -> bytes:
    begin = dice.randint(0, len(data))
    return data[:begin].ljust(len(data), b"\0")


def _prolonged(data: bytes, dice: random.Random) -> bytes:
    return data + dice.randbytes(dice.randint(1, 64))


_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _turned, _extreme, _extreme, _cut, _repeated, _zeroed, _prolonged,
)  # fmt: skip


class GarblingCamera:
    """The camera ``behind``, whose data go through ``garble`` while that fault is on.

    The first answer with data is mutated with the fault's amount for a seed, the next one with one more, and so on.
    """

    def __init__(self, behind: Handler, faults: Faults, journal: Journal) -> None:
        self._behind = behind
        self._faults = faults
        self._journal = journal
        self._struck = 0

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """See ``Handler``."""
        answer = self._behind.operate(request, data, now)
        if not isinstance(answer, Reply) or answer.data is None:
            return answer
        fault = self._faults.strike(FaultName.GARBLE, now)
        if fault is None:
            self._struck = 0
            return answer
        seed = int(fault.strength) + self._struck
        self._struck += 1
        mutated = garbled(answer.data, seed)
        facts = {"operation": request.code, "seed": seed, "size_bytes": len(mutated)}
        self._journal.write(now, FaultName.GARBLE, **facts, sha256=hashlib.sha256(mutated).hexdigest())
        return Reply(answer.code, answer.parameters, mutated)

    def events(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        """See ``Handler``."""
        return self._behind.events()

    def session_opened(self, now: float) -> None:
        """See ``Handler``."""
        self._behind.session_opened(now)

    def session_ended(self, now: float) -> None:
        """See ``Handler``."""
        self._behind.session_ended(now)
