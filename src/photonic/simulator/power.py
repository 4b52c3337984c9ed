"""A body's battery and its automatic power-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.codes import CanonProperty as P
from photonic.simulator.faults import FaultName
from photonic.simulator.properties import battery_code

if TYPE_CHECKING:
    from photonic.simulator.dials import Dials
    from photonic.simulator.faults import Faults

BATTERY_PER_SHOT = 0.1
BATTERY_PER_FRAME = 0.0005
"""Percent: a battery lasts for a thousand photos, or two hours of live view at 30 frames a second."""


class Power:
    """The charge in percent, and when the body was last used. Power-off times are divided by ``speed``."""

    def __init__(
        self, dials: Dials, faults: Faults, *, battery_percent: float, power_off_seconds: int, speed: float
    ) -> None:
        self._dials = dials
        self._faults = faults
        self._speed = speed
        self._active_at = 0.0
        self.battery_percent = battery_percent
        dials.preset(P.AUTO_POWER_OFF, power_off_seconds)
        dials.preset(P.BATTERY, battery_code(battery_percent))

    def charge(self, percent: float) -> None:
        """Set the battery's charge, 0 to 100."""
        self.battery_percent = max(0.0, min(100.0, percent))
        self._dials.turn(P.BATTERY, battery_code(self.battery_percent))

    def drain(self, percent: float) -> None:
        """Use up some of the charge."""
        self.charge(self.battery_percent - percent)

    def keep_awake(self, now: float) -> None:
        """Restart the power-off timer: the camera is in use."""
        self._active_at = now

    def asleep(self, now: float) -> bool:
        """Whether the camera has switched itself off; pressing its button wakes it."""
        limit = self._power_off_seconds
        return self._faults.active(FaultName.SLEEP, now) or (limit > 0 and now - self._active_at >= limit)

    def off(self, now: float) -> bool:
        """Whether the camera is unreachable: asleep, or its battery is empty."""
        return self.battery_percent <= 0 or self.asleep(now)

    def sleeps_at(self, now: float) -> float | None:
        """When an unused camera will switch itself off; ``None``: never, or it already has."""
        limit = self._power_off_seconds
        return self._active_at + limit if limit > 0 and not self.asleep(now) else None

    @property
    def _power_off_seconds(self) -> float:
        return self._dials.number(P.AUTO_POWER_OFF) / self._speed
