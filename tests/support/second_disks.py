"""A second folder for copies, which counts as another device although it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from tests.support.waiting import until_answer, until_true

from photonic.model.saved import SaveLevel
from photonic.service.files import second_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tests.support.controllers import ControllerHarness


class SecondSettings(TypedDict):
    """The settings for copies in a second folder."""

    saved: SaveLevel
    second_root: Path


def on_two_devices(_one: Path, _other: Path) -> bool:
    """Stands in for ``same_device``."""
    return False


def on_one_device(_one: Path, _other: Path) -> bool:
    """Stands in for ``same_device``."""
    return True


def with_second(place: Path, monkeypatch: pytest.MonkeyPatch) -> SecondSettings:
    """The settings for copies in the folder ``place``, which is created."""
    place.mkdir()
    monkeypatch.setattr(second_root, "same_device", on_two_devices)
    return SecondSettings(saved=SaveLevel.SECOND, second_root=place)


def copies(place: Path) -> dict[str, bytes]:
    """The copies in the second folder, by their path in it."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and second_root.MARKER not in path.parts
    }


async def caught_up(harness: ControllerHarness) -> None:
    """Wait until no copy is waiting; the queue is woken."""
    second = harness.controller._photos.second_copies  # pyright: ignore[reportPrivateUsage]
    assert second is not None

    async def waiting() -> int:
        second.wake()
        return await second._journal.count_to_make()  # pyright: ignore[reportPrivateUsage]

    await until_answer(waiting, lambda count: count == 0)


async def woken_until(harness: ControllerHarness, condition: Callable[[], object]) -> None:
    """Wake the queue until ``condition`` holds."""
    second = harness.controller._photos.second_copies  # pyright: ignore[reportPrivateUsage]
    assert second is not None

    def holds() -> object:
        second.wake()
        return condition()

    await until_true(holds)
