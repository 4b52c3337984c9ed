"""A camera whose responses are mutated: bits flipped, numbers made extreme, tables truncated or repeated.

The same amount (a seed) causes the same mutations of the same responses, so that a failure can be reproduced.
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
"""Mutations do not make a response longer than this."""
_EXTREME = (0, 1, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def garbled(data: bytes, seed: int) -> bytes:
    """The response after one to four mutations; the same data and seed give the same result."""
    rng = random.Random(seed)
    for _mutation in range(rng.randint(1, 4)):
        data = rng.choice(_MUTATIONS)(data, rng)[:LONGEST]
    return data


def _bits_flipped(data: bytes, rng: random.Random) -> bytes:
    flipped = bytearray(data)
    for _byte in range(rng.randint(1, 8) if data else 0):
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _extreme(data: bytes, rng: random.Random) -> bytes:
    """Replace a number of 1, 2 or 4 bytes, mostly among the first bytes, which hold a table's lengths and counts."""
    size, form = rng.choice(((1, "<B"), (2, "<H"), (4, "<I")))
    if len(data) < size:
        return data
    place = rng.randrange(0, min(len(data), rng.choice((16, 256, len(data)))) - size + 1)
    number = rng.choice(_EXTREME) & (256**size - 1)
    return data[:place] + struct.pack(form, number) + data[place + size :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _repeated(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randint(0, len(data))
    end = rng.randint(begin, len(data))
    return data[:end] + data[begin:end] * rng.randint(1, 9) + data[end:]


def _zeroed(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randint(0, len(data))
    return data[:begin].ljust(len(data), b"\0")


def _prolonged(data: bytes, rng: random.Random) -> bytes:
    return data + rng.randbytes(rng.randint(1, 64))


_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _bits_flipped, _extreme, _extreme, _cut, _repeated, _zeroed, _prolonged,
)  # fmt: skip


class GarblingCamera:
    """Wraps a camera, and mutates its data while the ``garble`` fault is active.

    The first response with data is mutated with the fault's amount as seed; the seed increases by one for each further
    one.
    """

    def __init__(self, camera: Handler, faults: Faults, journal: Journal) -> None:
        self._camera = camera
        self._faults = faults
        self._journal = journal
        self._mutated = 0

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        """See ``Handler``."""
        answer = self._camera.operate(request, data, now)
        if not isinstance(answer, Reply) or answer.data is None:
            return answer
        fault = self._faults.strike(FaultName.GARBLE, now)
        if fault is None:
            self._mutated = 0
            return answer
        seed = int(fault.strength) + self._mutated
        self._mutated += 1
        mutated = garbled(answer.data, seed)
        facts = {"operation": request.code, "seed": seed, "size_bytes": len(mutated)}
        self._journal.write(now, FaultName.GARBLE, **facts, sha256=hashlib.sha256(mutated).hexdigest())
        return Reply(answer.code, answer.parameters, mutated)

    def events(self) -> Iterable[tuple[int, tuple[int, ...]]]:
        """See ``Handler``."""
        return self._camera.events()

    def session_opened(self, now: float) -> None:
        """See ``Handler``."""
        self._camera.session_opened(now)

    def session_ended(self, now: float) -> None:
        """See ``Handler``."""
        self._camera.session_ended(now)
