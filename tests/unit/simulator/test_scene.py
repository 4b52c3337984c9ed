from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photonic.errors import BadInput
from photonic.simulator import jpeg, pixels
from photonic.simulator.pixels import Stamp
from photonic.simulator.scene import LOOP_US, Scene, best_quality, caption_text, encode_rows, exposure_steps
from photonic.simulator.view import SceneView


def stamp(counter: int = 1, camera_us: int = 0, iso: int = 400, shutter_us: int = 8_000, aperture: int = 56) -> Stamp:
    return Stamp("viewfinder", counter, camera_us, iso, aperture, shutter_us)


def view_of(frame: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The picture above caption and stamp."""
    image = Image.open(BytesIO(frame))
    return np.asarray(image.crop((0, 0, image.width, image.height * 4 // 5)), np.float64)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(480, 320, target_bytes=24_000)


def test_every_frame_carries_its_stamp_and_is_about_as_long_as_wanted(scene: Scene) -> None:
    for counter in range(50):
        wanted = stamp(counter, camera_us=counter * 33_333)
        frame = scene.frame(wanted)
        assert pixels.read(frame) == wanted
        assert abs(len(frame) - 24_000) < 2_400
        assert len(jpeg.parse(frame).rows) == 20


def test_default_frames_are_of_the_size_that_cameras_send() -> None:
    frame = Scene().frame(stamp())
    assert Image.open(BytesIO(frame)).size == (960, 640)
    assert abs(len(frame) - 80_000) < 8_000


def test_the_view_moves_with_the_cameras_clock_and_comes_round(scene: Scene) -> None:
    start, later = view_of(scene.frame(stamp())), view_of(scene.frame(stamp(camera_us=LOOP_US // 2)))
    assert np.abs(start - later).max() > 100
    again = view_of(scene.frame(stamp(counter=9, camera_us=LOOP_US * 7)))
    assert np.array_equal(start, again)


def test_more_light_makes_a_brighter_view(scene: Scene) -> None:
    means = [view_of(scene.frame(stamp(iso=iso))).mean() for iso in (50, 100, 400, 1600, 6400)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 20


def test_brightnesses_come_and_go_without_mixing(scene: Scene) -> None:
    first = scene.frame(stamp(iso=400))
    for iso in (50, 100, 200, 800, 1600, 3200):
        assert pixels.read(scene.frame(stamp(iso=iso))).iso == iso
    assert scene.frame(stamp(iso=400)) == first


def test_the_caption_follows_the_settings(scene: Scene) -> None:
    def caption(frame: bytes) -> bytes:
        return np.asarray(Image.open(BytesIO(frame)).convert("L").crop((0, 280, 480, 296))).tobytes()

    bright, same, other = scene.frame(stamp()), scene.frame(stamp(2, 99)), scene.frame(stamp(iso=500))
    assert caption(bright) == caption(same) != caption(other)


def test_one_seed_paints_one_scene() -> None:
    frames = [Scene(240, 160, 8_000, seed).frame(stamp()) for seed in (1, 1, 2)]
    assert frames[0] == frames[1] != frames[2]


@pytest.mark.parametrize(("width", "height"), [(100, 96), (960, 641), (970, 640), (960, 160)])
def test_a_size_that_cannot_be_had_is_refused(width: int, height: int) -> None:
    with pytest.raises(BadInput):
        Scene(width, height)


def test_quality_search_finds_the_best_that_fits() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    quality = best_quality(image, 4_000)
    assert len(encode_rows(image, quality)) <= 4_000 < len(encode_rows(image, quality + 1))
    assert best_quality(image, 10) == 1


@given(st.integers(0, 2**24), st.integers(0, 2**16), st.integers(0, 2**40))
def test_any_exposure_has_a_brightness_and_a_caption(iso: int, aperture: int, shutter_us: int) -> None:
    wanted = stamp(iso=iso, aperture=aperture, shutter_us=shutter_us)
    assert -3 <= exposure_steps(wanted) <= 3
    assert f"ISO {iso}" in caption_text(wanted)


@pytest.mark.parametrize(
    ("shutter_us", "written"), [(8_000, "1/125"), (125, "1/8000"), (500_000, "0.5 s"), (30_000_000, "30 s")]
)
def test_shutter_times_are_written_as_cameras_do(shutter_us: int, written: str) -> None:
    assert written in caption_text(stamp(shutter_us=shutter_us))


def test_a_magnified_view_is_its_part_of_the_whole_and_a_closed_aperture_is_darker() -> None:
    scene = Scene(480, 320, 40_000)
    whole = view_of(scene.frame(stamp())).astype(float)
    part = view_of(scene.frame(stamp(), SceneView(5, 0.4, 0.2))).astype(float)
    height, width = whole.shape[:2]
    top, left = round(0.2 * height), round(0.4 * width)
    expected = whole[top : top + height // 5, left : left + width // 5].mean(axis=(0, 1))
    off, apart = (abs(part.mean(axis=(0, 1)) - other).max() for other in (expected, whole.mean(axis=(0, 1))))
    assert off < 10 < 20 < apart
    assert view_of(scene.frame(stamp(), SceneView(stops=2))).mean() < whole.mean() - 10
    assert pixels.read(scene.frame(stamp(7), SceneView(10, 0.9, 0.9))).counter == 7
