from __future__ import annotations

import pytest
from tests.support.virtual_time import FakeClock

from photonic.service.http.operator_lock import (
    ADDRESSES_LIMIT,
    FIRST_WAIT_SECONDS,
    FREE_TRIES,
    LONGEST_WAIT_SECONDS,
    OperatorLock,
    WaitBeforeNextTry,
    WrongPin,
)

PIN, SECRET, BOOTH = "2468", "a-long-secret", "192.168.1.7"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1000.0)


@pytest.fixture
def lock(clock: FakeClock) -> OperatorLock:
    return OperatorLock(PIN, SECRET, clock)


def spent(lock: OperatorLock, address: str = BOOTH) -> WaitBeforeNextTry:
    """Use up all free tries with wrong PINs."""
    for left in range(FREE_TRIES - 1, 0, -1):
        assert lock.unlock("0000", address) == WrongPin(left)
    outcome = lock.unlock("0000", address)
    assert isinstance(outcome, WaitBeforeNextTry)
    return outcome


def test_the_pin_gives_the_secret_and_nothing_else_does(lock: OperatorLock) -> None:
    assert lock.unlock(PIN, BOOTH) == SECRET
    assert lock.opens(SECRET)
    assert not lock.opens("")
    assert not lock.opens(PIN)
    assert not lock.opens("\udce9")


def test_without_a_pin_everyone_is_the_operator(clock: FakeClock) -> None:
    lock = OperatorLock(None, SECRET, clock)
    assert lock.opens("")
    assert not lock.has_pin
    assert lock.unlock("1234", BOOTH) == SECRET


def test_during_a_wait_not_even_the_right_pin_is_checked(lock: OperatorLock, clock: FakeClock) -> None:
    assert spent(lock) == WaitBeforeNextTry(int(FIRST_WAIT_SECONDS))
    clock.now += FIRST_WAIT_SECONDS - 0.5
    assert lock.unlock(PIN, BOOTH) == WaitBeforeNextTry(1)
    clock.now += 0.5
    assert lock.unlock(PIN, BOOTH) == SECRET


def test_each_further_wrong_pin_doubles_the_wait_up_to_a_limit(lock: OperatorLock, clock: FakeClock) -> None:
    waits = [spent(lock).seconds]
    for _wrong in range(8):
        clock.now += waits[-1]
        outcome = lock.unlock("0000", BOOTH)
        assert isinstance(outcome, WaitBeforeNextTry)
        waits.append(outcome.seconds)
    assert waits == [min(int(LONGEST_WAIT_SECONDS), 30 * 2**k) for k in range(9)]


def test_the_right_one_forgets_the_wrong_ones(lock: OperatorLock) -> None:
    lock.unlock("0000", BOOTH)
    lock.unlock(PIN, BOOTH)
    assert lock.unlock("0000", BOOTH) == WrongPin(FREE_TRIES - 1)


def test_one_address_locks_out_no_other(lock: OperatorLock) -> None:
    spent(lock, "10.0.0.66")
    assert lock.unlock(PIN, BOOTH) == SECRET


def test_the_number_of_addresses_is_bounded(lock: OperatorLock) -> None:
    for number in range(ADDRESSES_LIMIT + 50):
        lock.unlock("0000", f"address {number}")
    assert len(lock._tries) == ADDRESSES_LIMIT
