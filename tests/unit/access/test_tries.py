"""Wrong tries: waits for an address, for all addresses together, and a count for each known device."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photonic.access.permission import Role
from photonic.access.tries import (
    ADDRESSES_LIMIT,
    DEVICES_LIMIT,
    FREE_TRIES,
    GLOBAL_A_MINUTE,
    LONGEST_WAIT_SECONDS,
    Device,
    DeviceTable,
    TryLimiter,
    counted_address,
)

BOOTH = "192.168.1.7"
A_TOKEN, B_TOKEN = "a" * 64, "b" * 64


@pytest.fixture
def limiter() -> TryLimiter:
    return TryLimiter()


@pytest.fixture
def device() -> Device:
    return known(DeviceTable())


def found_in(table: DeviceTable, cookie: str | None, now: float | None = None) -> Device:
    assert cookie is not None
    found = table.find(cookie, now)
    assert found is not None
    return found


def known(table: DeviceTable) -> Device:
    return found_in(table, table.add(Role.OPERATOR, 0.0))


def test_the_first_wait_begins_after_the_free_tries(limiter: TryLimiter) -> None:
    left: list[int] = []
    for _ in range(FREE_TRIES):
        assert limiter.wait_before(BOOTH, 0.0) == 0.0
        left.append(limiter.failed(BOOTH, 0.0))
    assert left == [4, 3, 2, 1, 0]
    assert limiter.wait_before(BOOTH, 0.0) == 30.0
    assert limiter.wait_before(BOOTH, 29.5) == 0.5
    assert limiter.wait_before(BOOTH, 30.0) == 0.0


@pytest.mark.parametrize("by_device", [False, True])
def test_each_further_wrong_try_doubles_the_wait_up_to_a_limit(
    limiter: TryLimiter, device: Device, by_device: bool
) -> None:
    who = device if by_device else None
    now, waits = 0.0, list[float]()
    for _ in range(FREE_TRIES - 1):
        limiter.failed(BOOTH, now, device=who)
    for _ in range(9):
        assert limiter.failed(BOOTH, now, device=who) == 0
        waits.append(limiter.wait_before(BOOTH, now, device=who))
        now += waits[-1]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900, 900]


def test_a_success_forgets_the_tries_of_its_address_only(limiter: TryLimiter) -> None:
    for address in (BOOTH, "10.0.0.66"):
        for _ in range(FREE_TRIES):
            limiter.failed(address, 0.0)
    limiter.succeeded(BOOTH)
    assert limiter.wait_before(BOOTH, 0.0) == 0.0
    assert limiter.wait_before("10.0.0.66", 0.0) == 30.0
    assert limiter.failed(BOOTH, 0.0) == FREE_TRIES - 1


def test_a_wrong_try_is_forgotten_for_each_longest_wait_that_passes(limiter: TryLimiter) -> None:
    for _ in range(FREE_TRIES - 1):
        limiter.failed(BOOTH, 0.0)
    assert limiter.failed(BOOTH, 3 * LONGEST_WAIT_SECONDS) == 3


def test_guessers_at_many_addresses_share_one_bucket_that_no_known_device_waits_for(
    limiter: TryLimiter, device: Device
) -> None:
    for number in range(GLOBAL_A_MINUTE):
        assert limiter.wait_before(f"10.0.0.{number}", 0.0) == 0.0
        limiter.failed(f"10.0.0.{number}", 0.0)
    assert limiter.wait_before(BOOTH, 0.0) == pytest.approx(2.0)
    assert limiter.wait_before(BOOTH, 0.0, device=device) == 0.0
    assert limiter.wait_before(BOOTH, 2.0) == 0.0


def test_a_known_device_at_the_address_of_guessers_does_not_wait_for_them(limiter: TryLimiter, device: Device) -> None:
    for _ in range(FREE_TRIES):
        limiter.failed(BOOTH, 0.0)
    assert limiter.wait_before(BOOTH, 0.0) == 30.0
    assert limiter.wait_before(BOOTH, 0.0, device=device) == 0.0


def test_a_copied_device_cookie_has_one_count_at_all_addresses_and_success_does_not_clear_it(
    limiter: TryLimiter, device: Device
) -> None:
    for number in range(FREE_TRIES):
        limiter.succeeded(f"10.0.0.{number}")
        limiter.failed(f"10.0.0.{number}", 0.0, device=device)
    assert limiter.wait_before("10.0.0.77", 0.0, device=device) == 30.0
    assert limiter.wait_before("10.0.0.77", 0.0, device=known(DeviceTable())) == 0.0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 3000), st.floats(0, 60)), min_size=50, max_size=300))
def test_all_addresses_together_have_no_more_wrong_tries_than_the_bucket(steps: list[tuple[int, float]]) -> None:
    limiter, now, tries = TryLimiter(), 0.0, 0
    for number, seconds in steps:
        now += seconds
        for again in range(20):
            address = f"10.{again}.{number // 256}.{number % 256}"
            if limiter.wait_before(address, now) == 0.0:
                limiter.failed(address, now)
                tries += 1
    assert tries <= GLOBAL_A_MINUTE + now * GLOBAL_A_MINUTE / 60.0 + 1e-6


@settings(max_examples=30)
@given(st.lists(st.floats(0, 2000), min_size=20, max_size=300), st.booleans())
def test_one_address_or_device_has_no_more_tries_than_the_ladder(steps: list[float], by_device: bool) -> None:
    limiter, who, now, tries = TryLimiter(), known(DeviceTable()) if by_device else None, 0.0, 0
    for seconds in steps:
        now += seconds
        while limiter.wait_before(BOOTH, now, device=who) == 0.0:
            limiter.failed(BOOTH, now, device=who)
            tries += 1
    # Ten until the longest wait, then one for each; as many again for those that are forgotten meanwhile.
    assert tries <= 10 + 2 * now / LONGEST_WAIT_SECONDS


def test_addresses_are_bounded(limiter: TryLimiter) -> None:
    for number in range(ADDRESSES_LIMIT + 50):
        limiter.failed(f"address {number}", 0.0)
        limiter.wait_before(f"other {number}", 0.0)
        limiter.failed("", 0.0, device=Device(id=f"{number}", hash="", made_at=0.0, last_at=0.0))
    assert len(limiter._of_addresses) == ADDRESSES_LIMIT
    assert len(limiter._of_devices) == ADDRESSES_LIMIT


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix" * 100, "unix" * 16),
    ],
)
def test_an_address_is_counted_with_all_that_one_host_has(address: str, counted: str) -> None:
    assert counted_address(address) == counted


def test_devices_are_found_by_their_cookie_and_outlive_the_service() -> None:
    table = DeviceTable()
    cookie = table.add(Role.OPERATOR, 10.0)
    assert cookie is not None
    found = found_in(table, cookie, 20.0)
    text = table.to_json(30.0)
    assert cookie not in text + repr(table.records)
    again = DeviceTable.from_json(text, 30.0)
    assert again.find(cookie) == found
    assert (found.made_at, found.last_at) == (10.0, 20.0)
    assert again.find("") is None
    assert again.find(found.hash) is None


def test_devices_are_forgotten_with_their_token() -> None:
    table = DeviceTable()
    cookies = [table.add(Role.OPERATOR, 0.0, token_hash) or "" for token_hash in (A_TOKEN, B_TOKEN, None)]
    again = DeviceTable.from_json(table.to_json(1.0), 1.0)
    before = again.revision
    assert again.keep_tokens({B_TOKEN}) == 1
    assert again.revision > before
    assert [again.find(cookie) is not None for cookie in cookies] == [False, True, True]
    assert again.keep_tokens({B_TOKEN}) == 0


def test_a_device_belongs_to_the_token_that_made_its_browser_an_operators_last() -> None:
    table = DeviceTable()
    cookie = table.add(Role.OPERATOR, 0.0, A_TOKEN)
    table.succeeded(found_in(table, cookie), Role.OPERATOR, B_TOKEN)
    table.succeeded(found_in(table, cookie), Role.GUEST, A_TOKEN)
    assert table.keep_tokens({B_TOKEN}) == 0
    assert table.keep_tokens(()) == 1


def test_devices_are_bounded_and_the_one_that_was_not_used_for_longest_is_forgotten() -> None:
    table = DeviceTable()
    first, second, *_others = [table.add(Role.OPERATOR, float(number)) or "" for number in range(DEVICES_LIMIT)]
    assert table.find(first, 500.0) is not None
    table.add(Role.OPERATOR, 501.0)
    assert len(table.records) == DEVICES_LIMIT
    assert table.find(first) is not None
    assert table.find(second) is None
    text = table.to_json(502.0)
    assert DeviceTable.from_json(text, 502.0).to_json(502.0) == text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GUEST])
def test_only_a_success_that_made_an_operator_makes_a_device_known(role: Role) -> None:
    table = DeviceTable()
    assert table.add(role, 0.0) is None
    assert table.records == ()


def test_wrong_tries_of_a_known_device_take_nothing_from_all_others(limiter: TryLimiter, device: Device) -> None:
    for number in range(GLOBAL_A_MINUTE):
        limiter.failed(f"10.0.0.{number}", 0.0, device=device)
    assert limiter.wait_before(BOOTH, 0.0) == 0.0
