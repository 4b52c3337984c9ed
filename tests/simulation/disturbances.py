"""What goes wrong with a simulated camera: by name, each drawn from a generator of its own.

So leaving one kind out does not change when the others strike, and a plan can name what a history needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

RATES: Mapping[str, float] = {
    # For each call of the library.
    "hang": 0.0001,
    "crash": 0.0001,
    "lost_connection": 0.0001,
    # For each opening.
    "absent_at_open": 0.01,
    "stuck_at_open": 0.01,
    "hang_in_open": 0.005,
    "hang_in_close": 0.01,
    # For each frame of live view.
    "freeze": 0.001,
    # For each release.
    "busy": 0.02,
    "unfocused": 0.02,
    "refused_before": 0.02,
    "deaf": 0.02,
    "failed_after": 0.02,
    "lost_after": 0.01,
    "late": 0.04,
    "unreported": 0.01,
    # For each transfer of a file.
    "crash_between_files": 0.005,
    "crash_in_file": 0.01,
    "hang_in_file": 0.005,
    "cut_in_file": 0.01,
    # For each slice of housekeeping.
    "silent_hang": 0.00005,
    "grow": 0.0001,
}
"""How likely each is to strike when it could.

``stuck_at_open``: the body refuses connections for a while. ``deaf``: the camera says yes and exposes nothing.
``failed_after``, ``lost_after``: it exposes, and then says no, or the connection breaks. ``late``: the photo is
reported long after it was taken; ``unreported``: not at all, though it is on the card. ``silent_hang``: the process
hangs without being in a call. ``grow``: its memory does.
"""


class Disturbances:
    """Draws the disturbances of one camera.

    Args:
        part: The generator of a part by its name (``Randomness.part``).
        rates: How likely each is; a name that is not in it never strikes.
        camera: Tells several cameras apart.
    """

    def __init__(
        self, part: Callable[[str], random.Random], rates: Mapping[str, float] = RATES, camera: str = ""
    ) -> None:
        self._part = part
        self._rates = dict(rates)
        self._camera = camera
        self._draws: dict[str, random.Random] = {}
        self._ordered: dict[str, int] = {}
        self.calm = False
        self.struck: dict[str, int] = {}

    def order(self, name: str, times: int = 1) -> None:
        """Have it strike the next ``times`` times that it is asked for, whatever the rate is; for tests."""
        if name not in RATES:
            raise ValueError(f"no disturbance is called {name}")
        self._ordered[name] = times

    def strikes(self, name: str) -> bool:
        """Whether it strikes here and now.

        Draws from its generator in calm times, too, so that these change nothing else.
        """
        rate = self._rates.get(name)
        drawn = rate is not None and self.draw(name).random() < rate
        if self._ordered.get(name):
            self._ordered[name] -= 1
            drawn = True
        elif self.calm:
            return False
        if drawn:
            self.struck[name] = self.struck.get(name, 0) + 1
        return drawn

    def seconds(self, name: str, least: float, most: float) -> float:
        """How long it lasts."""
        return self.draw(name).uniform(least, most)

    def draw(self, name: str) -> random.Random:
        """The generator of this disturbance."""
        if name not in self._draws:
            self._draws[name] = self._part(f"{self._camera}:{name}" if self._camera else name)
        return self._draws[name]
