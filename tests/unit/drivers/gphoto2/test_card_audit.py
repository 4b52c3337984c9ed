"""The account of a card: only unannounced photos are found, and each only once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from photonic.drivers.gphoto2.card_audit import CLUSTER_BYTES, CardAudit

MEGABYTE = 2**20
CARD = 32_000 * MEGABYTE


class Card:
    def __init__(self, cluster_bytes: int = CLUSTER_BYTES) -> None:
        self.free = CARD
        self.cluster_bytes = cluster_bytes
        self.card_audit = CardAudit()
        assert self.look() == 0

    def write(self, size: int, *, reported: bool = True) -> None:
        self.free -= -(-size // self.cluster_bytes) * self.cluster_bytes
        if reported:
            self.card_audit.record_added(size)

    def look(self) -> int:
        return self.card_audit.unaccounted({"/store_1": self.free})


def test_photos_that_were_told_of_are_no_surprise() -> None:
    card = Card()
    for _ in range(50):
        card.write(8 * MEGABYTE)
    assert (card.look(), card.look()) == (0, 0)


def test_a_photo_that_came_without_a_word_is_found_at_the_second_look_and_told_once() -> None:
    card = Card()
    card.write(8 * MEGABYTE)
    card.write(8 * MEGABYTE, reported=False)
    assert card.look() == 0
    assert card.card_audit.suspicious
    assert card.look() == 1
    assert not card.card_audit.suspicious
    assert (card.look(), card.look()) == (0, 0)


def test_several_are_counted() -> None:
    card = Card()
    card.write(8 * MEGABYTE)
    card.look()
    for _ in range(3):
        card.write(8 * MEGABYTE, reported=False)
    assert [card.look(), card.look()] == [0, 3]


def test_a_photo_that_is_told_of_between_two_looks_was_only_late() -> None:
    card = Card()
    card.write(8 * MEGABYTE, reported=False)
    assert card.look() == 0
    card.card_audit.record_added(8 * MEGABYTE)
    assert (card.look(), card.look()) == (0, 0)


def test_a_film_does_not_hide_the_next_photo() -> None:
    card = Card()
    card.write(8 * MEGABYTE)
    card.free -= 4000 * MEGABYTE
    card.card_audit.record_added(4000 * MEGABYTE, film=True)
    card.write(8 * MEGABYTE, reported=False)
    assert [card.look(), card.look()] == [0, 1]


def test_a_large_photo_does_not_hide_a_small_one() -> None:
    card = Card()
    card.write(60 * MEGABYTE)
    card.write(8 * MEGABYTE, reported=False)
    assert [card.look(), card.look()] == [0, 1]


def test_a_burst_does_not_hide_a_photo() -> None:
    card = Card()
    for number in range(60):
        card.write(3 * MEGABYTE + 1000 * number)
    assert card.look() == 0
    assert not card.card_audit.suspicious
    for number in range(60):
        card.write(3 * MEGABYTE + 1000 * number)
    card.write(3 * MEGABYTE, reported=False)
    assert [card.look(), card.look()] == [0, 1]


def test_our_own_deletion_hides_nothing() -> None:
    card = Card()
    card.write(8 * MEGABYTE)
    card.look()
    card.free += 8 * MEGABYTE
    card.card_audit.record_removed(8 * MEGABYTE)
    card.write(8 * MEGABYTE, reported=False)
    assert [card.look(), card.look()] == [0, 1]


def test_photos_deleted_on_the_body_are_nobodys_fault() -> None:
    card = Card()
    card.write(8 * MEGABYTE)
    card.free += 100 * MEGABYTE
    assert [card.look(), card.look()] == [0, 0]
    card.write(8 * MEGABYTE, reported=False)
    assert [card.look(), card.look()] == [0, 1]


@given(
    sizes=st.lists(st.integers(200_000, 60_000_000), max_size=40),
    cluster=st.sampled_from([4096, 32_768, CLUSTER_BYTES]),
)
def test_clusters_of_any_size_are_never_taken_for_a_photo(sizes: list[int], cluster: int) -> None:
    card = Card(cluster)
    for size in sizes:
        card.write(size)
        assert card.look() == 0
        assert not card.card_audit.suspicious
