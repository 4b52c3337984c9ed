"""The operator's PIN: checks it, and limits how often it may be tried. No I/O; time is passed in.

The PIN prevents guests at a browser from changing the camera's settings. The token keeps out programs on the network.
"""

from __future__ import annotations

import hmac
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.protocol.backoff import delay_after, doubling

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE = "photonic_operator"
FREE_TRIES = 5
FIRST_WAIT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 900.0
ADDRESSES_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class WrongPin:
    """The PIN is wrong; after ``tries_left`` more wrong ones, the first wait begins."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class WaitBeforeNextTry:
    """Too many wrong PINs: no PIN is checked for ``seconds``."""

    seconds: int


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    not_before: float = -math.inf


class OperatorLock:
    """Decides who is the operator.

    Args:
        pin: The PIN; ``None``: no PIN is set, and everyone is the operator.
        secret: The value of the cookie that a browser receives for the right PIN; new with each run of the service.
        clock: Monotonic seconds.
    """

    def __init__(self, pin: str | None, secret: str, clock: Callable[[], float]) -> None:
        self._pin = pin
        self._secret = secret
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    @property
    def has_pin(self) -> bool:
        """Whether a PIN is set."""
        return self._pin is not None

    def opens(self, secret: str) -> bool:
        """Whether the holder of ``secret`` is the operator."""
        return self._pin is None or hmac.compare_digest(
            secret.encode("utf-8", "surrogateescape"), self._secret.encode()
        )

    def unlock(self, pin: str, address: str) -> str | WrongPin | WaitBeforeNextTry:
        """Check a PIN; the result is the secret if it is right.

        Tries are counted per ``address``, so that guests cannot lock out anyone else. After ``FREE_TRIES`` wrong PINs,
        each further one costs a wait, twice as long as the previous one.
        """
        tries = self._tries.setdefault(address, _Tries())
        self._tries.move_to_end(address)
        if len(self._tries) > ADDRESSES_LIMIT:
            self._tries.popitem(last=False)
        now = self._clock()
        if now < tries.not_before:
            return WaitBeforeNextTry(math.ceil(tries.not_before - now))
        if self._pin is None or _equal(pin, self._pin):
            del self._tries[address]
            return self._secret
        tries.wrong += 1
        if tries.wrong < FREE_TRIES:
            return WrongPin(FREE_TRIES - tries.wrong)
        wait = delay_after(tries.wrong - FREE_TRIES, doubling(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS))
        tries.not_before = now + wait
        return WaitBeforeNextTry(math.ceil(wait))


def _equal(one: str, other: str) -> bool:
    """Compare in constant time, whatever characters a browser sends."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
