"""Connections in all and from each address: refused, reserved, or another one makes way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from photonic.access.connection_counts import REFUSALS, Admission, Arrival, ConnectionCounts, ConnectionLimits

ELSEWHERE = "192.0.2.1"


def counts(total: int = 10, per_address: int = 100, reserved: int = 3) -> ConnectionCounts:
    return ConnectionCounts(ConnectionLimits(total, per_address, reserved))


def fill(count: ConnectionCounts, number: int, *, address: str = ELSEWHERE) -> list[Arrival]:
    """Connections from elsewhere that have all sent a request."""
    arrivals: list[Arrival] = []
    for name in range(number):
        arrivals.append(count.arrive((address, name), address, local=False))
        count.has_sent((address, name))
    return arrivals


def test_the_last_places_are_reserved_and_then_everyone_is_refused() -> None:
    count = counts()
    admissions = [arrival.admission for arrival in fill(count, 12)]
    assert admissions == [Admission.ACCEPTED] * 7 + [Admission.RESERVED] * 3 + [Admission.FULL] * 2
    assert count.refused == {Admission.FULL: 2}
    assert len(count) == 10


def test_programs_on_this_computer_take_reserved_places_as_if_they_were_ordinary_ones() -> None:
    count = counts()
    fill(count, 9)
    assert count.arrive("own", "127.0.0.1", local=True).admission is Admission.ACCEPTED
    assert count.arrive("another", "127.0.0.1", local=True).admission is Admission.ACCEPTED  # "own" was silent
    count.has_sent("another")
    assert count.arrive("third", "127.0.0.1", local=True).admission is Admission.FULL


def test_one_address_has_a_limit_of_its_own_but_this_computer_and_trusted_proxies_have_none() -> None:
    count = counts(total=100, per_address=2)
    assert [one.admission for one in fill(count, 3)] == [Admission.ACCEPTED] * 2 + [Admission.ADDRESS_FULL]
    assert count.arrive("other", "192.0.2.2", local=False).admission is Admission.ACCEPTED
    for name in range(20):
        assert count.arrive(("own", name), "127.0.0.1", local=True).admission is Admission.ACCEPTED
        assert count.arrive(("proxy", name), "192.0.2.9", local=False, exempt=True).admission is Admission.ACCEPTED
    count.leave((ELSEWHERE, 0))
    assert count.arrive("again", ELSEWHERE, local=False).admission is Admission.ACCEPTED


def test_the_oldest_silent_connection_makes_way_and_no_other() -> None:
    count = counts(total=4, reserved=1)
    fill(count, 1)
    assert count.arrive("silent 1", ELSEWHERE, local=False).evicted is None
    assert count.arrive("silent 2", ELSEWHERE, local=False).evicted is None
    assert count.arrive("new", ELSEWHERE, local=False) == Arrival(Admission.ACCEPTED, "silent 1")
    count.has_sent("silent 2")
    assert count.arrive("newer", ELSEWHERE, local=False) == Arrival(Admission.ACCEPTED, "new")
    assert count.evicted == 2


def test_a_thousand_silent_connections_keep_nobody_out() -> None:
    count = counts(total=100, per_address=1000, reserved=10)
    for name in range(1000):
        assert count.arrive(("silent", name), f"198.51.100.{name % 250}", local=False).admission is Admission.ACCEPTED
    assert len(count) == 90
    assert count.arrive("browser", ELSEWHERE, local=False).admission is Admission.ACCEPTED
    count.has_sent("browser")
    for name in range(1000):
        assert count.arrive(("later", name), "198.51.100.9", local=False).evicted != "browser"


def test_a_silent_local_connection_does_not_make_way_for_one_from_elsewhere() -> None:
    count = counts(total=2, reserved=1)
    count.arrive("own", "127.0.0.1", local=True)
    assert count.arrive("a", ELSEWHERE, local=False) == Arrival(Admission.RESERVED)
    assert count.arrive("b", ELSEWHERE, local=False) == Arrival(Admission.RESERVED, "a")


addresses = st.sampled_from(["192.0.2.1", "192.0.2.2", "127.0.0.1", None])


@given(st.lists(st.tuples(st.integers(0, 30), addresses, st.sampled_from(["arrive", "leave", "sent"])), max_size=120))
def test_no_limit_is_exceeded_and_nothing_is_forgotten(steps: list[tuple[int, str | None, str]]) -> None:
    count = counts(total=6, per_address=3, reserved=2)
    model: dict[int, str | None] = {}
    sent: set[int] = set()
    for name, address, step in steps:
        if step == "arrive" and name not in model:
            local = address in {"127.0.0.1", None}
            arrival = count.arrive(name, address, local=local)
            if arrival.evicted is not None:
                assert arrival.evicted not in sent
                del model[arrival.evicted]  # pyright: ignore[reportArgumentType] - they are the integers above
            if arrival.admission not in REFUSALS:
                model[name] = address
            elif arrival.admission is Admission.ADDRESS_FULL:
                assert list(model.values()).count(address) == 3
            else:
                assert len(model) == 6
        elif step == "leave":
            count.leave(name)
            model.pop(name, None)
            sent.discard(name)
        elif step == "sent" and name in model:
            count.has_sent(name)
            sent.add(name)
        assert len(count) == len(model) <= 6
        assert all(list(model.values()).count(far) <= 3 for far in ("192.0.2.1", "192.0.2.2"))
