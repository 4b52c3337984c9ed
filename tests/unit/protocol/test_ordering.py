"""Snapshots find their order, whatever way they came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot
from photonic.protocol.ordering import RETIRED_BOOTS_KEPT, Order, SnapshotOrder


def snapshot(boot: str, rev: int) -> Snapshot:
    camera, live = CameraStatus(id="1", state=CameraState.READY), LiveStatus(state=LiveState.RUNNING)
    return Snapshot(boot_id=boot, rev=rev, now_us=0, camera=camera, live=live)


def test_higher_replaces_equal_renews_lower_is_dropped_and_a_retired_boot_never_returns() -> None:
    order = SnapshotOrder()
    taken = [
        order.take(snapshot(*which)) for which in (("a", 5), ("a", 6), ("a", 6), ("a", 5), ("b", 1), ("a", 9), ("b", 1))
    ]
    assert taken == [
        Order.FIRST, Order.NEWER, Order.SAME, Order.STALE, Order.NEW_BOOT, Order.STALE, Order.SAME,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=40))
def test_the_newest_never_goes_back(words: list[tuple[str, int]]) -> None:
    order, seen = SnapshotOrder(), list[tuple[str | None, int | None]]()
    for boot, rev in words:
        order.take(snapshot(boot, rev))
        if not seen or seen[-1] != (order.boot_id, order.rev):
            seen.append((order.boot_id, order.rev))
    assert len(seen) == len(set(seen))
    boots = [boot for boot, _ in seen]
    assert len(set(boots)) == sum(a != b for a, b in zip([None, *boots], boots, strict=False))


def test_what_is_remembered_is_bounded() -> None:
    order = SnapshotOrder()
    for number in range(500):
        order.take(snapshot(str(number), 1))
    assert len(order._retired) == RETIRED_BOOTS_KEPT
