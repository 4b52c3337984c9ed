"""The view in front of the simulated lens: a lake at sunset, a windmill, a boat and birds, in a seamless loop."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]
    Field = npt.NDArray[np.floating[Any]]

_HORIZON: Final = 0.66
_SUN: Final = (0.63, 0.55)
_SKY: Final = (
    (0.0, (24, 30, 78)),
    (0.35, (96, 58, 120)),
    (0.62, (214, 96, 92)),
    (0.85, (250, 168, 92)),
    (1.0, (255, 214, 140)),
)
# Each ridge's foot, height, roughness and colour, from far to near.
_RIDGES: Final = ((0.60, 0.16, 3, (122, 74, 112)), (0.64, 0.12, 5, (84, 52, 96)), (0.68, 0.085, 8, (48, 34, 72)))
_SILHOUETTE: Final = (16, 14, 30)
_SMOOTH: Final = 3
_BIRDS: Final = ((0.40, 0.24, 0.0), (0.45, 0.20, 0.3), (0.47, 0.27, 0.55), (0.35, 0.19, 0.75), (0.52, 0.23, 0.15))


class Landscape:
    """One view of the lake, ``width`` x ``height`` pixels; the same ``seed`` paints the same ridges and clouds."""

    def __init__(self, width: int, height: int, seed: int = 0) -> None:
        self.width = width
        self.height = height
        random = np.random.default_rng(seed)
        self._shore = round(height * _HORIZON)
        self._land = self._paint_land(random)
        self._grain: Field = random.normal(0, 2.2, (height, width, 1)).astype(np.float32)
        rows = np.arange(height - self._shore, dtype=np.float32)
        self._depth: Field = rows[:, None] / max(1, height - self._shore)
        self._glitter: Field = self._paint_glitter(random)

    def picture(self, phase: float) -> Pixels:
        """The view at ``phase`` (0 to 1) of the loop, as RGB."""
        canvas = np.empty((self.height, self.width, 3), np.float32)
        canvas[: self._shore] = self._land
        canvas[self._shore :] = self._water(phase)
        canvas += self._grain
        image = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
        self._place(image, self._foreground(phase))
        return np.asarray(image)

    def _paint_land(self, random: np.random.Generator) -> Field:
        """Sky, sun, clouds and ridges, down to the water's edge."""
        height, width = self._shore, self.width
        y = np.linspace(0, 1, height, dtype=np.float32)
        stops = [stop for stop, _colour in _SKY]
        sky = np.stack([np.interp(y, stops, [colour[c] for _s, colour in _SKY]) for c in range(3)], axis=-1)
        land = np.repeat(sky[:, None, :], width, axis=1).astype(np.float32)
        column, row = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        distance = np.hypot(column - _SUN[0] * width, row - _SUN[1] * self.height) / width
        clouds = self._clouds(random, width, height)[..., None]
        land += clouds * (np.array((150, 70, 60), np.float32) * (1 - y[:, None, None] * 0.4))
        land += np.exp(-((distance / 0.16) ** 2))[..., None] * np.array((90, 80, 40), np.float32)
        disc = np.clip((0.045 - distance) * width / 1.5, 0, 1)[..., None]
        land = land * (1 - disc) + np.array((255, 246, 214), np.float32) * disc
        for foot, rise, roughness, colour in _RIDGES:
            ridge = foot * self.height - self._ridge(random, roughness) * rise * self.height
            inside = np.clip(row - ridge[None, :], 0, 1)[..., None]
            haze = np.clip((row - ridge[None, :]) / (0.14 * self.height), 0, 1)[..., None]
            shade = np.array(colour, np.float32) * (1 - haze) + np.array((206, 120, 110), np.float32) * haze * 0.8
            land = land * (1 - inside) + np.where(haze > 0, shade, np.array(colour, np.float32)) * inside
        return land.astype(np.float32)

    def _ridge(self, random: np.random.Generator, roughness: int) -> Field:
        """A skyline of increasingly fine waves: a height from 0 to 1 for each column."""
        x = np.linspace(0, 1, self.width, dtype=np.float32)
        line: Field = np.zeros_like(x)
        for octave in range(7):
            knots = random.uniform(-1, 1, (roughness << octave) + 2)
            wave: Field = np.interp(x, np.linspace(0, 1, knots.size), knots)
            line = line + wave * 0.52**octave
        return (line - line.min()) / (line.max() - line.min())

    def _clouds(self, random: np.random.Generator, width: int, height: int) -> Field:
        """Long soft bands from 0 to 1, thick in the middle of the sky."""
        total = np.zeros((height, width), np.float32)
        for octave in range(5):
            small = random.uniform(0, 1, (4 * 2**octave, 3 * 2**octave)).astype(np.float32)
            grown = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
            total += np.asarray(grown, np.float32) * 0.55**octave
        total = (total - total.mean()) / max(float(total.std()), 1e-6)
        middle = np.exp(-(((np.linspace(0, 1, height, dtype=np.float32) - 0.45) / 0.28) ** 2))[:, None]
        return np.clip(total * 0.4, 0, 1) * middle * 0.7

    def _paint_glitter(self, random: np.random.Generator) -> Field:
        """The sparkle of the sun's path: each spot has its own phase, and spots grow towards the viewer."""
        height = self.height - self._shore
        small = random.uniform(0, 1, (max(2, height // 3), max(2, self.width // 14))).astype(np.float32)
        return np.asarray(Image.fromarray(small).resize((self.width, height), Image.Resampling.NEAREST), np.float32)

    def _water(self, phase: float) -> Field:
        """The reflected land, broken by waves that run towards the shore, with the sun's path on it."""
        rows = self.height - self._shore
        turn = 2 * math.pi * phase
        row = np.arange(rows, dtype=np.float32)
        far = 1 / (0.06 + self._depth[:, 0])
        wave = np.sin(far * 9 + turn) + 0.5 * np.sin(far * 23 + 2 * turn + 1)
        source = self._shore - 1 - np.clip(row * 1.7 + wave * (1 + 9 * self._depth[:, 0]), 0, self._shore - 1)
        shift = (np.sin(far * 15 - turn) * (1 + 5 * self._depth[:, 0]) * self.width / 960).astype(np.intp)
        columns = (np.arange(self.width)[None, :] + shift[:, None]).clip(0, self.width - 1)
        water = self._land[source.astype(np.intp)[:, None], columns]
        water = water * (0.78 - 0.3 * self._depth[..., None]) + np.array((8, 12, 34), np.float32)
        x = (np.arange(self.width, dtype=np.float32)[None, :] / self.width - _SUN[0]) / (0.035 + 0.13 * self._depth)
        spark = np.clip(np.sin(turn + 2 * math.pi * self._glitter) - 0.35, 0, 1)
        light = np.exp(-(x**2)) * (0.25 + spark) * (1 - 0.45 * self._depth)
        return water + light[..., None] * np.array((190, 130, 70), np.float32)

    def _foreground(self, phase: float) -> Image.Image:
        """The foreground as a mask, drawn at a multiple of the picture's size for smooth edges."""
        scale = min(_SMOOTH, max(1, 3000 // self.width))
        width, height = self.width * scale, self.height * scale
        mask = Image.new("L", (width, height), 0)
        draw = ImageDraw.Draw(mask)
        bank = [(x / 60 * 0.5 * width, (0.93 - 0.13 * math.cos(x / 60 * math.pi / 2) ** 2) * height) for x in range(61)]
        draw.polygon([(0, height), *bank, (0.62 * width, height)], fill=255)
        for blade in range(90):
            x = blade / 90 * 0.46 * width
            lean = math.sin(2 * math.pi * (phase + blade * 0.13)) * 0.004 * width
            foot = (0.95 - 0.13 * math.cos(x / (0.5 * width) * math.pi / 2) ** 2) * height
            tall = (0.03 + 0.025 * math.sin(blade * 2.4) ** 2) * height
            draw.line([(x, foot), (x + lean, foot - tall)], fill=255, width=max(1, width // 900))
        _draw_windmill(draw, width, height, phase)
        _draw_boat(draw, width, height, phase)
        for x, y, offset in _BIRDS:
            _draw_bird(draw, width, (x * width, y * height), phase + offset)
        return mask.resize((self.width, self.height), Image.Resampling.BOX) if scale > 1 else mask

    @staticmethod
    def _place(image: Image.Image, mask: Image.Image) -> None:
        image.paste(_SILHOUETTE, (0, 0), mask)


def _draw_windmill(draw: ImageDraw.ImageDraw, width: int, height: int, phase: float) -> None:
    """Four sails, which make a quarter turn per loop, so that the loop is seamless."""
    x, base, top = 0.205 * width, 0.88 * height, 0.40 * height
    draw.polygon(
        [(x - 0.052 * width, base), (x - 0.026 * width, top), (x + 0.026 * width, top), (x + 0.052 * width, base)],
        fill=255,
    )
    draw.pieslice((x - 0.028 * width, top - 0.04 * height, x + 0.028 * width, top + 0.04 * height), 180, 360, fill=255)
    for dx, dy in ((-0.008, 0.14), (0.009, 0.25)):
        draw.rectangle(
            (x + (dx - 0.005) * width, top + dy * height, x + (dx + 0.005) * width, top + (dy + 0.026) * height), fill=0
        )
    hub = (x, top + 0.005 * height)
    length, sail = 0.30 * height, 0.032 * height
    for arm in range(4):
        angle = math.pi / 2 * (arm + phase)
        ahead, aside = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))

        def at(
            along: float, across: float, ahead: tuple[float, float] = ahead, aside: tuple[float, float] = aside
        ) -> tuple[float, float]:
            return hub[0] + ahead[0] * along + aside[0] * across, hub[1] + ahead[1] * along + aside[1] * across

        draw.line([hub, at(length, 0)], fill=255, width=max(1, round(0.009 * height)))
        for across in (0.5, 1.0, 1.5):
            draw.line(
                [at(0.22 * length, sail * across), at(length, sail * across)], fill=255, width=max(1, width // 700)
            )
        for step in range(9):
            along = (0.22 + 0.78 * step / 8) * length
            draw.line([at(along, 0), at(along, 1.5 * sail)], fill=255, width=max(1, width // 700))
    radius = 0.012 * height
    draw.ellipse((hub[0] - radius, hub[1] - radius, hub[0] + radius, hub[1] + radius), fill=255)


def _draw_boat(draw: ImageDraw.ImageDraw, width: int, height: int, phase: float) -> None:
    """A small sailing boat that rocks."""
    rock = 0.055 * math.sin(2 * math.pi * phase)
    x, y = 0.80 * width, (0.755 + 0.003 * math.sin(4 * math.pi * phase)) * height

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (
            x + (dx * math.cos(rock) - dy * math.sin(rock)) * 0.11 * height,
            y + (dx * math.sin(rock) + dy * math.cos(rock)) * 0.11 * height,
        )

    draw.polygon([at(-0.75, -0.18), at(0.85, -0.18), at(0.5, 0.12), at(-0.55, 0.12)], fill=255)
    draw.polygon([at(0.02, -1.75), at(0.78, -0.3), at(0.02, -0.3)], fill=255)
    draw.polygon([at(-0.06, -1.6), at(-0.06, -0.3), at(-0.55, -0.3)], fill=225)
    draw.line([at(0, -1.85), at(0, 0)], fill=255, width=max(1, width // 600))


def _draw_bird(draw: ImageDraw.ImageDraw, width: int, centre: tuple[float, float], phase: float) -> None:
    """Two wings that beat once per loop; the bird flies a small circle."""
    turn = 2 * math.pi * phase
    x, y = centre[0] + 0.008 * width * math.cos(turn), centre[1] + 0.006 * width * math.sin(turn)
    span, lift = 0.016 * width, 0.010 * width * math.sin(turn)
    stroke = max(1, width // 420)
    for side in (-1, 1):
        bend = (x + side * 0.5 * span, y - 0.7 * lift - 0.002 * width)
        draw.line([(x, y), bend, (x + side * span, y - 0.25 * lift)], fill=255, width=stroke, joint="curve")
