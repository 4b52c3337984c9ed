"""What outlives every death of the service in one history: the time, the users' memory, the bodies, the trace."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from tests.simulation.evidence import Evidence
from tests.simulation.judge.first_scan import may_stay

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Container, Sequence

    from tests.simulation.body import CameraBody
    from tests.simulation.plan import Plan
    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace


class World:
    """The world of one history.

    ``life`` counts the runs of the service from 1. While ``quiet`` is true, no user begins anything. Once ``over`` is
    true, nobody begins anything any more: what was begun is brought to its end.

    Args:
        plan: The plan of the history.
        randomness: Of the history.
        trace: Of the history.
        bodies: The cameras.
        now: Simulated seconds since the history began.
    """

    def __init__(
        self, plan: Plan, randomness: Randomness, trace: Trace, bodies: Sequence[CameraBody], now: Callable[[], float]
    ) -> None:
        self.plan = plan
        self.settings = plan.settings
        self.randomness = randomness
        self.trace = trace
        self.bodies = bodies
        self.now = now
        self.evidence = Evidence()
        self.life = 0
        self.quiet_until = 0.0
        self.over = False
        self.on_asked: Callable[[], object] = lambda: None

    def asks(self, photos: int = 1) -> None:
        """Somebody asks for photos, or takes them."""
        self.evidence.asked += photos
        self.on_asked()

    @property
    def done(self) -> bool:
        """Whether as many photos were asked for as planned."""
        return self.over or self.evidence.asked >= self.plan.captures

    def note(self, part: str, text: str) -> None:
        """Write one line of the history."""
        self.trace.note(part, text)

    async def pause(self, random: random.Random, mean_seconds: float) -> bool:
        """Wait for a while, and until nobody disturbs; return whether to begin something."""
        await asyncio.sleep(random.expovariate(1 / mean_seconds))
        # What is quiet may become so for longer.
        while (left := self.quiet_until - self.now()) > 0 and not self.done:  # noqa: ASYNC110
            await asyncio.sleep(left + random.uniform(0.0, 1.0))
        return not self.done

    def missing_from(self, camera: int, known: Container[str], scanned_at: float) -> list[str]:
        """The photos on a camera's cards that should be in the index, and are not.

        Args:
            camera: Its number.
            known: The SHA-256 of what is in the index.
            scanned_at: When its card was first scanned.
        """
        body = self.bodies[camera]
        found: list[str] = []
        for card in body.cards:
            for (folder, name), file in () if card is None else card.files.items():
                exposure = body.truth[file.exposure]
                unwanted = exposure.film and not self.settings.fetch_films
                early = may_stay(exposure, body.truth.exposures, self.evidence, scanned_at)
                if not unwanted and not early and hashlib.sha256(file.content).hexdigest() not in known:
                    found.append(f"{folder}/{name}")
        return found
