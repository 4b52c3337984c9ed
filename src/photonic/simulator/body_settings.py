"""The settings that make one simulated body differ from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.simulator.card import SecondCard


@dataclass(frozen=True, slots=True)
class BodySettings:
    """The properties of a body. Durations apply at ``speed`` 1.

    Args:
        card_bytes: the card's size; ``None``: no card is inserted.
        power_off_seconds: how long an unused body stays on; 0: forever.
        continuous_frames: exposures of one release in continuous drive.
        bracket_frames: exposures of the body's own bracketing, which continuous drive and the self-timers take with one
            release; 1: bracketing is off.
    """

    serial: str
    model: str
    fps: float = 30.0
    speed: float = 1.0
    settle_seconds: float = 0.3
    viewfinder_start_seconds: float = 0.3
    card_bytes: int | None = 32 * 10**9
    battery_percent: float = 100.0
    power_off_seconds: int = 0
    lens: str = "EF50mm f/1.8 STM"
    focal_length_mm: float = 50.0
    folder: str = "100CANON"
    card_label: str = "EOS_DIGITAL"
    second_card: SecondCard | None = None
    continuous_frames: int = 4
    bracket_frames: int = 1
