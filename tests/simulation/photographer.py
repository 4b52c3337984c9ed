"""A user who asks for one photo after the other, and remembers which, whatever dies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.simulation.clients import Refused
from tests.simulation.evidence import Answer, Broken, Request

if TYPE_CHECKING:
    from tests.simulation.clients import Client
    from tests.simulation.world import World

AGAIN_SECONDS = 2.0
"""How long a client waits on average before it repeats a request that was refused."""
TRIES = 30
"""How often a request that was refused is repeated."""
_NEVER_ACCEPTED = frozenset({"bad_input", "not_supported"})


class Photographer:
    """Asks for one photo after the other, and asks again with the same key until it is told how the capture ended."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._name = f"photographer-{number}"
        self._random = world.randomness.part(self._name)
        self._wanted: Request | None = None
        self._count = 0
        self._refusals = 0

    @property
    def busy(self) -> str | None:
        """See ``User``."""
        return None if self._wanted is None else self._wanted.key

    async def run(self, client: Client) -> None:
        """See ``User``."""
        world = self._world
        while True:
            if self._wanted is None:
                if not await world.pause(self._random, world.settings.pause_seconds):
                    await asyncio.Event().wait()
                self._wanted = self._next()
            if await self._asked(client, self._wanted):
                self._wanted = None
                self._refusals = 0

    def _next(self) -> Request:
        self._count += 1
        camera = self._random.randrange(self._world.settings.cameras)
        key = f"{self._name}-photo-{self._count}"
        session = f"guest-{self._name[-1]}-{self._count // 5}"
        wanted = Request(key, camera, session, self._count)
        self._world.evidence.requests[key] = wanted
        self._world.asks()
        return wanted

    async def _asked(self, client: Client, wanted: Request) -> bool:
        """Ask once; whether this request needs no other try."""
        world, settings = self._world, self._world.settings
        wanted.asked_at.append(world.now())
        world.note("user", f"asks for {wanted.key}")
        hangs_up = self._random.random() < settings.hang_ups
        patience = self._random.expovariate(1 / 3.0) if hangs_up else None
        cancelling: asyncio.Task[None] | None = None

        def accepted(capture_id: str) -> None:
            nonlocal cancelling
            if self._random.random() < settings.cancellations:
                cancelling = asyncio.ensure_future(self._cancel(client, wanted.camera, capture_id))

        try:
            async with asyncio.timeout(patience):
                told = await client.capture(wanted, accepted)
        except TimeoutError:
            world.note("user", f"hangs up on {wanted.key}")
            return False
        except Refused as refused:
            return await self._refused(wanted, refused)
        finally:
            if cancelling is not None:
                cancelling.cancel()
        answer = told.answer(world.now(), world.life)
        world.note("user", f"is told of {wanted.key}: {answer}")
        wanted.answers.append(answer)
        if wanted.final is not None:
            return True
        # It asks again: the next start knows how the capture ended.
        await asyncio.sleep(self._random.expovariate(1 / AGAIN_SECONDS))
        return False

    async def _refused(self, wanted: Request, refused: Refused) -> bool:
        world = self._world
        world.note("user", f"is refused {wanted.key}: {refused}")
        wanted.answers.append(
            Answer(world.now(), world.life, saved=False, capture_id=None, kind=refused.kind, reason=refused.reason)
        )
        if refused.kind in _NEVER_ACCEPTED:
            raise Broken(3, "a repeated request is the same", f"{wanted.key} was refused: {refused}")
        self._refusals += 1
        await asyncio.sleep(self._random.expovariate(1 / AGAIN_SECONDS))
        return self._refusals > TRIES

    async def _cancel(self, client: Client, camera: int, capture_id: str) -> None:
        await asyncio.sleep(self._random.expovariate(1 / 0.5))
        self._world.note("user", f"cancels {capture_id}")
        with suppress(Refused):
            await client.cancel(camera, capture_id)
