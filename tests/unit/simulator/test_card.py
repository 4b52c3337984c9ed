"""Where photos are stored."""

from __future__ import annotations

from tests.unit.simulator.bodies import NOON

from photonic.ptp.codes import ObjectFormat
from photonic.simulator.card import CARD_STORAGE, DCIM, FOLDER, Photo, Store


def photo(name: str, size: int = 100_000) -> Photo:
    return Photo(name, ObjectFormat.JPEG, size, NOON, name.encode, lambda: b"small")


def test_a_card_has_the_folders_of_a_canon() -> None:
    store = Store(10**9, 2, NOON)
    assert [item.photo.name for item in store.children(0)] == ["DCIM"]
    assert [item.photo.name for item in store.children(DCIM)] == ["100CANON"]
    assert store.children(FOLDER) == []


def test_no_card_has_no_folders_and_no_room() -> None:
    store = Store(None, 2, NOON)
    assert (store.has_card, store.free_bytes, store.children(None)) == (False, 0, [])


def test_photos_take_whole_blocks_and_give_them_back() -> None:
    store = Store(10**9, 2, NOON)
    stored = store.add(photo("IMG_0001.JPG", 1), to_card=True)
    assert (stored.storage, stored.parent) == (CARD_STORAGE, FOLDER)
    assert store.free_bytes == 10**9 - 32 * 1024
    assert store.remove(stored.handle)
    assert store.free_bytes == 10**9


def test_handles_are_never_used_twice() -> None:
    store = Store(10**9, 3, NOON)
    handles = set[int]()
    for number in range(4):
        for to_card in (True, False):
            stored = store.add(photo(f"IMG_{number}.JPG"), to_card=to_card)
            assert stored.handle not in handles
            handles.add(stored.handle)
            store.remove(stored.handle)


def test_deleting_a_folder_deletes_what_lies_in_it() -> None:
    store = Store(10**9, 2, NOON)
    stored = store.add(photo("IMG_0001.JPG"), to_card=True)
    assert store.remove(DCIM)
    assert store.get(FOLDER) is None
    assert store.get(stored.handle) is None


def test_the_ram_has_slots_is_not_listed_and_forgets() -> None:
    store = Store(10**9, 2, NOON)
    kept = store.add(photo("IMG_0001.JPG"), to_card=True)
    store.add(photo("IMG_0002.JPG"), to_card=False)
    assert store.free_slots == 1
    assert store.children(FOLDER) == [kept]
    assert store.forget_ram() == ["IMG_0002.JPG"]
    assert store.free_slots == 2
    assert store.get(kept.handle) == kept


def test_what_a_client_is_told_of_a_photo() -> None:
    info = Store(10**9, 2, NOON).add(photo("IMG_0001.JPG"), to_card=True).info()
    assert (info.storage, info.size_bytes, info.parent, info.name) == (CARD_STORAGE, 100_000, FOLDER, "IMG_0001.JPG")
    assert (info.thumbnail_bytes, info.is_folder) == (5, False)
