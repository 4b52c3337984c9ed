"""A user who starts bursts and time-lapses, and follows each to its end, whatever dies."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.clients import Refused
from tests.simulation.evidence import Broken, SequenceAsked
from tests.simulation.photographer import AGAIN_SECONDS, TRIES

if TYPE_CHECKING:
    from tests.simulation.clients import Client
    from tests.simulation.world import World


class Sequencer:
    """Starts bursts and time-lapses, and asks until each has ended."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.randomness.part("sequencer")
        self._now: SequenceAsked | None = None
        self._count = 0
        self._refusals = 0

    @property
    def busy(self) -> str | None:
        """See ``User``."""
        return None if self._now is None else self._now.key

    async def run(self, client: Client) -> None:
        """See ``User``."""
        settings = self._world.settings
        each = settings.pause_seconds / settings.photographers / settings.sequences
        while True:
            if self._now is None:
                if not await self._world.pause(self._random, each):
                    await asyncio.Event().wait()
                self._now = self._next()
            wanted = self._now
            try:
                if await self._followed(client, wanted):
                    self._now = None
                    self._refusals = 0
            except Refused as refused:
                self._world.note("user", f"is refused {wanted.key}: {refused}")
                self._refusals += 1
                if wanted.sequence_id is None and self._refusals > TRIES:
                    self._now = None
                    self._refusals = 0
            await asyncio.sleep(self._random.expovariate(1 / AGAIN_SECONDS))

    def _next(self) -> SequenceAsked:
        self._count += 1
        frames = self._random.randint(2, 8)
        burst = self._random.random() < 0.4
        session = f"sequence-{self._count}"
        body: dict[str, object] = {"kind": "burst" if burst else "interval", "session_id": session, "count": frames}
        if not burst:
            body |= {"interval_seconds": round(self._random.uniform(1.0, 20.0), 2), "allow_misses": True}
        asked = SequenceAsked(
            f"sequence-{self._count}", self._random.randrange(self._world.settings.cameras), session, frames, body
        )
        self._world.evidence.sequences[asked.key] = asked
        self._world.asks(frames)
        return asked

    async def _followed(self, client: Client, wanted: SequenceAsked) -> bool:
        """Start it, or ask for it; whether it has ended."""
        # Each time, as a client does that has lost the answer: the key has one sequence.
        sequence_id = await client.begin(wanted.camera, wanted.body, wanted.key)
        if wanted.sequence_id not in {None, sequence_id}:
            raise Broken(3, "a key has one sequence", f"{wanted.key} is {wanted.sequence_id} and {sequence_id}")
        wanted.sequence_id = sequence_id
        wanted.ended = await client.has_ended(wanted.camera, sequence_id)
        return wanted.ended
