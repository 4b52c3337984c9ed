"""The users of one history. They outlive the service: each remembers what it has begun, and goes on after a death.

A user is run anew in each life of the service, by ``run``, which never returns; it ends with the life. What it is in
the middle of is therefore kept in its attributes and in the evidence, not in its coroutine.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.simulation.clients import Refused
from tests.simulation.evidence import Answer, Broken, Deletion, Request, SequenceAsked

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


AGAIN_SECONDS = 2.0
"""How long a client waits on average before it repeats a request that was refused."""
TRIES = 30
"""How often a request that was refused is repeated."""
_NEVER_ACCEPTED = frozenset({"bad_input", "not_supported"})


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
        answer = Answer(
            world.now(), world.life, told.saved, told.capture_id, kind=told.kind, reason=told.reason, paths=told.paths
        )
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
