"""The users of one history. They outlive the service: each remembers what it has begun, and goes on after a death.

A user is run anew in each life of the service, by ``run``, which never returns; it ends with the life. What it is in
the middle of is therefore kept in its attributes and in the evidence, not in its coroutine.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.simulation.clients import Refused
from tests.simulation.evidence import Broken, Deletion
from tests.simulation.photographer import AGAIN_SECONDS, Photographer
from tests.simulation.sequencer import Sequencer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from tests.simulation.body import CameraBody
    from tests.simulation.clients import Client
    from tests.simulation.world import World

    class User(Protocol):
        """Somebody who uses the service."""

        @property
        def busy(self) -> str | None:
            """What it has begun and not finished; ``None``: nothing."""
            ...

        async def run(self, client: Client) -> None:
            """Use this life of the service, until cancelled."""
            ...


def users(world: World) -> list[User]:
    """Everybody who uses the service in this history."""
    settings = world.settings
    found: list[User] = [Photographer(world, number) for number in range(settings.photographers)]
    if settings.deletions:
        found.append(Deleter(world))
    if settings.disconnections:
        found.append(Disconnector(world))
    if settings.sequences:
        found.append(Sequencer(world))
    return found


class Deleter:
    """Deletes saved photos, and restores some of them; repeats what a death of the service interrupted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.randomness.part("deleter")
        self._now: Deletion | None = None

    @property
    def busy(self) -> str | None:
        """See ``User``."""
        return None if self._now is None else self._now.capture_id

    async def run(self, client: Client) -> None:
        """See ``User``."""
        settings = self._world.settings
        each = settings.pause_seconds / settings.photographers / settings.deletions
        while True:
            if self._now is None:
                if not await self._world.pause(self._random, each):
                    await asyncio.Event().wait()
                self._now = self._choice()
            if self._now is not None and await self._done(client, self._now):
                self._now = None

    def _choice(self) -> Deletion | None:
        """A photo that is there to delete, or one from the trash to restore."""
        evidence = self._world.evidence
        deletions = evidence.deletions
        saved = [
            (request.camera, request.final.capture_id)
            for request in evidence.requests.values()
            if request.final is not None and request.final.saved and request.final.capture_id is not None
        ]
        there = [one for one in saved if not (one[1] in deletions and deletions[one[1]].wanted)]
        gone = [one for one in deletions.values() if one.wanted]
        if gone and (self._random.random() < 0.4 or not there):
            chosen = self._random.choice(gone)
            chosen.wanted = False
            return chosen
        if not there:
            return None
        camera, capture_id = self._random.choice(there)
        chosen = deletions.setdefault(capture_id, Deletion(camera, capture_id))
        chosen.wanted = True
        return chosen

    async def _done(self, client: Client, wanted: Deletion) -> bool:
        """Ask once; whether it is done."""
        verb, act = ("deletes", client.delete) if wanted.wanted else ("restores", client.restore)
        self._world.note("user", f"{verb} {wanted.capture_id}")
        wanted.deleted = None
        try:
            found = await act(wanted.camera, wanted.capture_id)
        except Refused as refused:
            self._world.note("user", f"cannot: {refused}")
            await asyncio.sleep(self._random.expovariate(1 / AGAIN_SECONDS))
            return False
        if not found:
            raise Broken(7, "a saved photo can be deleted and restored", f"{verb} {wanted.capture_id}: it is unknown")
        wanted.deleted = wanted.wanted
        self._world.note("user", f"{verb} {wanted.capture_id}: done")
        return True


class Disconnector:
    """Disconnects a camera now and then, and connects it again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.randomness.part("disconnector")
        self._apart: int | None = None

    @property
    def busy(self) -> str | None:
        """See ``User``."""
        return None if self._apart is None else f"camera {self._apart} is disconnected"

    async def run(self, client: Client) -> None:
        """See ``User``."""
        settings = self._world.settings
        each = settings.pause_seconds / settings.photographers / settings.disconnections
        while True:
            # A new life of the service connects its cameras by itself; connecting again does no harm.
            while self._apart is not None:
                await asyncio.sleep(self._random.expovariate(1 / 5.0))
                self._world.note("user", f"connects camera {self._apart}")
                try:
                    await client.connect(self._apart)
                except Refused as refused:
                    self._world.note("user", f"cannot connect: {refused}")
                self._apart = None
            if not await self._world.pause(self._random, each):
                await asyncio.Event().wait()
            camera = self._apart = self._random.randrange(settings.cameras)
            self._world.note("user", f"disconnects camera {camera}")
            with suppress(Refused):
                await client.disconnect(camera)


class Finger:
    """Presses the button of a body, also while no service runs; records films."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.randomness.part("finger")

    async def run(self) -> None:
        """Press until cancelled."""
        settings = self._world.settings
        rate = (settings.button + settings.films) * settings.photographers / settings.pause_seconds
        if not rate:
            return
        while await self._world.pause(self._random, 1 / rate):
            body = self._random.choice(self._bodies)
            if self._random.random() * (settings.button + settings.films) < settings.films:
                self._world.note("finger", f"records a film on camera {body.serial}")
                body.take_film()
            else:
                self._world.note("finger", f"presses the button of camera {body.serial}")
                body.press()
            self._world.asks()

    @property
    def _bodies(self) -> Sequence[CameraBody]:
        return self._world.bodies
