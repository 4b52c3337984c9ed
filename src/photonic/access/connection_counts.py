"""Which connections are accepted, counted in all and for each address. No I/O: a connection is any hashable object.

Theory of operation. A connection is accepted before anything is known about who opened it, so these limits apply to
strangers most of all:

- **In all**: ``total``. A part of it, ``reserved``, is for programs on this computer and for operators. A connection
  from elsewhere that takes a place of this part is marked (``RESERVED``): its first request is answered only if it
  turns out to be an operator's.
- **For each address**: ``per_address``. It does not apply to this computer or to a trusted proxy, which has many users
  behind one address.
- **Silent connections make way.** A connection whose first request has not arrived is worth less than a new one, whose
  request will arrive in a moment. So when all places are taken, the oldest of the silent ones is closed, and a thousand
  clients that send nothing keep nobody out. A connection that has sent a request is never closed for another one.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Admission(StrEnum):
    """What becomes of a new connection. ``RESERVED``: only an operator's request is answered on it."""

    ACCEPTED = "accepted"
    RESERVED = "reserved"
    FULL = "full"
    ADDRESS_FULL = "address"


REFUSALS = (Admission.FULL, Admission.ADDRESS_FULL)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections may be open; ``reserved`` is part of ``total``."""

    total: int
    per_address: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """The decision about a new connection, and a silent one that has to be closed to make room; ``None``: none has."""

    admission: Admission
    evicted: Hashable | None = None


@dataclass(frozen=True, slots=True)
class _Open:
    address: str | None
    local: bool


class ConnectionCounts:
    """The open connections of one service."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.refused: Counter[Admission] = Counter()
        self.evicted = 0
        self._open: dict[Hashable, _Open] = {}
        self._addresses: Counter[str] = Counter()
        self._silent: OrderedDict[Hashable, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def arrive(self, connection: Hashable, address: str | None, *, local: bool, exempt: bool = False) -> Arrival:
        """Decide about a new connection; it is counted unless the decision is one of ``REFUSALS``.

        Args:
            connection: Identifies it until ``leave``.
            address: Of the peer; ``None``: it has none (a Unix socket).
            local: The peer is on this computer.
            exempt: The peer is a trusted proxy: its address has no limit.
        """
        limits = self.limits
        counted = None if local or exempt else address
        if counted is not None and self._addresses.get(counted, 0) >= limits.per_address:
            return self._refuse(Admission.ADDRESS_FULL)
        unreserved = limits.total - (0 if local else limits.reserved)
        evicted = None
        if len(self._open) >= unreserved and (evicted := self._oldest_silent(local=local)) is not None:
            self.evicted += 1
            self.leave(evicted)
        if len(self._open) >= limits.total:
            return self._refuse(Admission.FULL)
        admission = Admission.ACCEPTED if len(self._open) < unreserved else Admission.RESERVED
        self._open[connection] = _Open(counted, local)
        self._silent[connection] = None
        if counted is not None:
            self._addresses[counted] += 1
        return Arrival(admission, evicted)

    def has_sent(self, connection: Hashable) -> None:
        """The head of the connection's first request has arrived."""
        self._silent.pop(connection, None)

    def leave(self, connection: Hashable) -> None:
        """The connection is closed; harmless for one that is not counted."""
        self._silent.pop(connection, None)
        found = self._open.pop(connection, None)
        if found is None or found.address is None:
            return
        self._addresses[found.address] -= 1
        if not self._addresses[found.address]:
            del self._addresses[found.address]

    def _oldest_silent(self, *, local: bool) -> Hashable | None:
        """For a newcomer from elsewhere, a local connection does not make way."""
        return next((one for one in self._silent if local or not self._open[one].local), None)

    def _refuse(self, admission: Admission) -> Arrival:
        self.refused[admission] += 1
        return Arrival(admission)
