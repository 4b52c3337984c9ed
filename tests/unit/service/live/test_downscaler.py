from __future__ import annotations

import asyncio
import io
import threading

import pytest
from PIL import Image
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import ProtocolError
from photonic.model.frame import Scale
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.live import downscaler
from photonic.service.live.downscaler import Downscaler, reduce
from photonic.service.live.frames import LiveFrame


def picture(width: int = 320, height: int = 240, mode: str = "RGB", **options: object) -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert(mode).save(made, "JPEG", quality=95, **options)
    return made.getvalue()


def opened(jpeg: bytes | memoryview) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


@pytest.mark.parametrize(
    ("size", "scale", "wanted"),
    [
        ((320, 240), Scale.HALF, (160, 120)),
        ((320, 240), Scale.QUARTER, (80, 60)),
        ((321, 241), Scale.HALF, (161, 121)),
        ((1023, 683), Scale.QUARTER, (256, 171)),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_each_side_is_divided_and_rounded_up(
    size: tuple[int, int], scale: Scale, wanted: tuple[int, int], mode: str
) -> None:
    original = picture(*size, mode)
    smaller = reduce(memoryview(original), scale)
    assert opened(smaller).size == wanted
    assert len(smaller) < len(original)


def test_the_picture_is_the_same() -> None:
    small = opened(reduce(picture(640, 480), Scale.HALF))
    whole = opened(picture(640, 480))
    for x, y in ((0, 0), (160, 120), (310, 230)):
        assert small.getpixel((x, y)) == pytest.approx(whole.getpixel((2 * x, 2 * y)), abs=6)


def test_orientation_is_kept_and_comments_are_not() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    smaller = opened(reduce(picture(exif=exif, comment=b"x" * 60_000), Scale.HALF))
    assert smaller.getexif()[0x0112] == 6
    assert "comment" not in smaller.info


def test_what_would_not_become_smaller_stays_as_it_is() -> None:
    tiny = picture(8, 8)
    assert reduce(tiny, Scale.HALF) is tiny or len(reduce(tiny, Scale.HALF)) < len(tiny)


@pytest.mark.parametrize("broken", [b"\xff\xd8\xff\xd9", b"\xff\xd8nothing\xff\xd9", picture()[:200] + b"\xff\xd9"])
def test_what_is_no_picture_is_refused(broken: bytes) -> None:
    with pytest.raises(ProtocolError, match="JPEG with"):
        reduce(broken, Scale.HALF)


class Workshop:
    """A reducer and what it delivers."""

    def __init__(self) -> None:
        self.delivered: asyncio.Queue[LiveFrame] = asyncio.Queue()
        self.unexpected = Unexpected()
        self.reducer = Downscaler(self.delivered.put_nowait, THIS_MACHINE.time.monotonic, self.unexpected)

    async def __aenter__(self) -> Workshop:
        self._running = asyncio.create_task(self.reducer.run())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])

    async def next(self) -> LiveFrame:
        async with asyncio.timeout(20):
            return await self.delivered.get()


def frame(number: int, jpeg: bytes) -> LiveFrame:
    return LiveFrame(1, number, number * 1000, jpeg)


async def test_a_wanted_frame_comes_in_the_size_with_its_numbers() -> None:
    async with Workshop() as workshop:
        workshop.reducer.request(frame(7, picture()), Scale.HALF)
        made = await workshop.next()
    assert (made.sequence, made.captured_us, made.epoch, made.scale) == (7, 7000, 1, Scale.HALF)
    assert opened(made.jpeg).size == (160, 120)


async def test_the_newest_wanted_frame_of_a_size_replaces_one_that_waits() -> None:
    async with Workshop() as workshop:
        for number in range(1, 6):
            workshop.reducer.request(frame(number, picture()), Scale.HALF)
            workshop.reducer.request(frame(number, picture()), Scale.QUARTER)
        made = {(await workshop.next()).scale, (await workshop.next()).scale}
        assert made == {Scale.HALF, Scale.QUARTER}
        assert workshop.delivered.empty()


async def test_what_cannot_be_made_smaller_is_delivered_as_it_is() -> None:
    async with Workshop() as workshop:
        broken = b"\xff\xd8nothing\xff\xd9"
        workshop.reducer.request(frame(1, broken), Scale.HALF)
        made = await workshop.next()
        assert (bytes(made.jpeg), made.scale) == (broken, Scale.HALF)
        assert workshop.unexpected.refusals[Where.SMALLER_FRAMES] == 1
        workshop.reducer.request(frame(2, picture()), Scale.HALF)
        assert (await workshop.next()).sequence == 2


async def test_no_thread_before_the_first_want_and_none_after_the_end() -> None:
    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith(downscaler.THREAD)]

    async with Workshop() as workshop:
        await asyncio.sleep(0)
        assert threads() == []
        workshop.reducer.request(frame(1, picture()), Scale.HALF)
        await workshop.next()
        assert len(threads()) == 1
    assert threads() == []
