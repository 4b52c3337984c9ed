"""The lens of a focus stack in virtual time: moved there and back, even while the camera recovers."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput, CameraError, EndOfStream, FailureKind
from photonic.service.sequence.lens_travel import PATIENCE_SECONDS, STEPS_LIMIT, LensTravel

if TYPE_CHECKING:
    from collections.abc import Generator

    from photonic.model.focus import FocusAction

pytestmark = pytest.mark.looptime


class Lens:
    """A lens at ``position``, in steps; ``faults`` are raised instead of the next moves."""

    def __init__(self) -> None:
        self.position = 0
        self.moves: list[tuple[str, int, int]] = []
        self.faults: list[Exception] = []
        self.watched = False
        self.live = asyncio.Event()
        self.live.set()
        self.ended = False

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        assert self.watched, "a lens can be driven only during live view"
        if self.faults:
            raise self.faults.pop(0)
        self.moves.append((action.value, size, steps))
        self.position += steps if action == "far" else -steps

    @contextmanager
    def watch(self) -> Generator[Lens]:
        self.watched = True
        yield self
        self.watched = False

    async def next(self, timeout_seconds: float | None = None) -> None:
        if self.ended:
            raise EndOfStream("the service stops")
        await self.live.wait()


def travel(lens: Lens, *positions: int, size: int = 2) -> LensTravel:
    return LensTravel(lens, lens.watch, positions, size)  # pyright: ignore[reportArgumentType] - frames are not used


async def test_the_lens_goes_from_photo_to_photo_and_back() -> None:
    lens = Lens()
    with travel(lens, -5, 0, 130) as stack:
        for number in range(3):
            await stack.go(number)
            assert lens.position == (-5, 0, 130)[number]
        assert await stack.home() is None
    assert lens.position == 0
    assert lens.moves[:3] == [("near", 2, 5), ("far", 2, 5), ("far", 2, STEPS_LIMIT)]
    assert not lens.watched


async def test_a_recovering_camera_is_waited_for_and_an_interrupted_move_is_reported() -> None:
    lens = Lens()
    lens.faults = [CameraError("it hung"), CameraError("it is being opened")]
    with travel(lens, 0, 4) as stack:
        await stack.go(1)
        assert lens.position == 4
        assert "interrupted" in (await stack.home() or "")
    assert lens.position == 0


async def test_the_wait_for_a_camera_that_does_not_recover_is_limited() -> None:
    lens = Lens()
    lens.live.clear()
    began = asyncio.get_running_loop().time()
    with travel(lens, 0, 4) as stack:
        with pytest.raises(CameraError) as failed:
            await stack.go(1)
        assert failed.value.kind is FailureKind.TIMEOUT
        assert await stack.home() is None, "it never moved"
    assert asyncio.get_running_loop().time() - began == pytest.approx(PATIENCE_SECONDS)


async def test_the_position_of_a_lens_that_cannot_be_driven_back_is_reported() -> None:
    lens = Lens()
    with travel(lens, 0, -4) as stack:
        await stack.go(1)
        lens.faults = [BadInput("the lens is on manual focus")]
        assert "4 steps nearer" in (await stack.home() or "")


async def test_a_stopping_service_does_not_drive_the_lens() -> None:
    lens = Lens()
    lens.ended = True
    with travel(lens, 0, 4) as stack, pytest.raises(CameraError) as failed:
        await stack.go(1)
    assert failed.value.kind is FailureKind.SHUTTING_DOWN
