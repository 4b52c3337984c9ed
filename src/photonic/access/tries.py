"""How often a secret may be tried: by each address, by everyone together, and by browsers that succeeded before.

Theory of operation. After ``free`` wrong tries, each further one costs an address a wait, twice as long as the one
before. Thousands of addresses together are held to ``global_a_minute`` wrong tries. That alone would let guessers lock
out the operator, so a browser that succeeded before (its device cookie says so) is not bound by either: it has a count
of its own, and a copied cookie is worth no more guesses than an address. A device cookie is given only for a success
that made somebody the operator: otherwise a guest could obtain one after another, and guess a PIN with each.

One wrong try is forgotten for each ``longest`` wait that passes. A success forgets those of its address, but not those
of its device: its holder may have tokens of another role.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from photonic.access.credentials import hashed, new_id, new_secret
from photonic.access.permission import Role
from photonic.access.state_text import Digest, PublicId, Seconds, damaged, moved_back, read, write
from photonic.protocol.backoff import delay_after, doubling

if TYPE_CHECKING:
    from collections.abc import Collection

FREE_TRIES = 5
FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 900.0
GLOBAL_A_MINUTE = 30
ADDRESSES_LIMIT = 1000
DEVICES_LIMIT = 200
DEVICES_FILE = "devices.json"
_LONGEST_ADDRESS = 64


class Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A browser that succeeded before; times are running seconds. ``hash``: of its cookie's value.

    ``token_hash``: of the token by which it succeeded last; ``None``: it was something else.
    """

    id: PublicId
    hash: Digest
    made_at: Seconds
    last_at: Seconds
    token_hash: Digest | None = None


class _Devices(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    saved_at: Seconds
    devices: Annotated[list[Device], msgspec.Meta(max_length=DEVICES_LIMIT)]


class DeviceTable:
    """The devices, at most ``DEVICES_LIMIT``: the one that was not used for the longest time is forgotten first.

    ``revision`` grows with each change that must be saved soon.
    """

    def __init__(self) -> None:
        self._devices: OrderedDict[str, Device] = OrderedDict()
        self.revision = 0

    @property
    def records(self) -> tuple[Device, ...]:
        """All devices, the least recently used first."""
        return tuple(self._devices.values())

    def add(self, role: Role, now: float, token_hash: str | None = None) -> str | None:
        """Add a browser that has just received this role; the result is the cookie's value.

        ``None``: the role is not the operator's, and the browser remains unknown (see the theory of operation).
        """
        if role is not Role.OPERATOR:
            return None
        cookie = new_secret()
        device = Device(id=new_id(), hash=hashed(cookie), made_at=now, last_at=now, token_hash=token_hash)
        self._devices[device.hash] = device
        if len(self._devices) > DEVICES_LIMIT:
            self._devices.popitem(last=False)
        self.revision += 1
        return cookie

    def find(self, cookie: str, now: float | None = None) -> Device | None:
        """The device of this cookie; ``now``: it counts as used."""
        device = self._devices.get(hashed(cookie)) if cookie else None
        if device is not None and now is not None:
            device = self._devices[device.hash] = replace(device, last_at=now)
            self._devices.move_to_end(device.hash)
        return device

    def succeeded(self, device: Device, role: Role, token_hash: str | None) -> None:
        """A device that is known has received this role again, as an operator perhaps by another token."""
        if role is Role.OPERATOR and device.token_hash != token_hash:
            self._devices[device.hash] = replace(device, token_hash=token_hash)
            self.revision += 1

    def keep_tokens(self, hashes: Collection[str]) -> int:
        """Forget the devices of other tokens than these: who had one must not guess the PIN unhindered.

        The result is their number.
        """
        gone = [one for one in self._devices.values() if one.token_hash is not None and one.token_hash not in hashes]
        for device in gone:
            del self._devices[device.hash]
        self.revision += bool(gone)
        return len(gone)

    def to_json(self, now: float) -> str:
        """The table as text."""
        return write(_Devices(saved_at=now, devices=list(self.records)))

    @classmethod
    def from_json(cls, text: str, now: float) -> DeviceTable:
        """Read ``to_json``. Raises ``BadInput``."""
        remedy = "delete it; browsers that were the operator's are then like all others"
        content = read(text, _Devices, file=DEVICES_FILE, remedy=remedy)
        table, back = cls(), moved_back(content.saved_at, now)
        for device in content.devices:
            moved = replace(device, made_at=back(device.made_at), last_at=back(device.last_at))
            table._devices[device.hash] = moved
        if len({each.id for each in table._devices.values()}) < len(content.devices):
            raise damaged(DEVICES_FILE, "two devices are the same", remedy)
        return table


@dataclass(slots=True)
class _WrongTries:
    """Wrong tries that are not forgotten, up to ``counted_at``; no try before ``not_before``."""

    wrong: int = 0
    counted_at: float = -math.inf
    not_before: float = -math.inf


class TryLimiter:
    """Limits the tries of one secret, such as the PIN. The caller asks before each try, and reports its outcome.

    Args:
        free: Wrong tries before the first wait.
        first_wait: Seconds of the first wait; each further one is twice as long.
        longest: Seconds of the longest wait.
        global_a_minute: Wrong tries of all addresses together in a minute.
    """

    def __init__(
        self,
        free: int = FREE_TRIES,
        first_wait: float = FIRST_WAIT_SECONDS,
        longest: float = LONGEST_WAIT_SECONDS,
        global_a_minute: int = GLOBAL_A_MINUTE,
    ) -> None:
        self.wrong_total = 0
        self._free = free
        self._longest = longest
        self._waits = doubling(first_wait, longest)
        self._of_addresses: OrderedDict[str, _WrongTries] = OrderedDict()
        self._of_devices: OrderedDict[str, _WrongTries] = OrderedDict()
        self._room = float(global_a_minute)
        self._most_room = float(global_a_minute)
        self._filled_at = -math.inf

    def wait_before(self, address: str, now: float, *, device: Device | None = None) -> float:
        """Return the seconds for which no secret may be checked; 0: one may be tried now.

        Args:
            address: The client's IP address, or any text if it has none.
            now: Running seconds.
            device: The browser's, if it succeeded before: its own count applies in place of all others.
        """
        tries = self._peek(address, device)
        wait = max(0.0, tries.not_before - now) if tries is not None else 0.0
        return wait if device is not None else max(wait, self._wait_of_all(now))

    def failed(self, address: str, now: float, *, device: Device | None = None, for_all: bool = True) -> int:
        """Count a wrong try; the result is how many more are free before a wait. 0: ``wait_before`` says how long.

        Args:
            address: As in ``wait_before``.
            now: Running seconds.
            device: As in ``wait_before``.
            for_all: Whether it counts for everyone together, too; a secret that cannot be guessed need not.
        """
        self.wrong_total += 1
        tries = self._tries(address, device)
        tries.wrong = min(self._remembered(tries, now) + 1, self._free + len(self._waits))
        tries.counted_at = max(tries.counted_at, now)
        if tries.wrong >= self._free:
            tries.not_before = now + delay_after(tries.wrong - self._free, self._waits)
        if device is None and for_all:
            self._refill(now)
            self._room = max(0.0, self._room - 1.0)
        return max(0, self._free - tries.wrong)

    def succeeded(self, address: str) -> None:
        """Forget the wrong tries of an address."""
        self._of_addresses.pop(counted_address(address), None)

    def _peek(self, address: str, device: Device | None) -> _WrongTries | None:
        return self._of_addresses.get(counted_address(address)) if device is None else self._of_devices.get(device.id)

    def _tries(self, address: str, device: Device | None) -> _WrongTries:
        counts, key = (
            (self._of_addresses, counted_address(address)) if device is None else (self._of_devices, device.id)
        )
        tries = counts.setdefault(key, _WrongTries())
        counts.move_to_end(key)
        if len(counts) > ADDRESSES_LIMIT:
            counts.popitem(last=False)
        return tries

    def _remembered(self, tries: _WrongTries, now: float) -> int:
        if tries.wrong == 0:
            return 0
        return max(0, tries.wrong - int(max(0.0, now - tries.counted_at) // self._longest))

    def _wait_of_all(self, now: float) -> float:
        self._refill(now)
        # Sums of floats: a whole try may come out slightly smaller.
        return 0.0 if self._room > 1.0 - 1e-9 else (1.0 - self._room) * 60.0 / self._most_room

    def _refill(self, now: float) -> None:
        if now > self._filled_at:
            self._room = min(self._most_room, self._room + (now - self._filled_at) * self._most_room / 60.0)
            self._filled_at = now


def counted_address(address: str) -> str:
    """What tries are counted for: an IPv4 address, the /64 of an IPv6 address, which one host has, or other text."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_LONGEST_ADDRESS]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
