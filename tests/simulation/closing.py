"""Invariant 6: when nothing disturbs any more, all is well again within some minutes.

``Closing`` is the end of a history: it stops the disturbances and waits for everything to be done. ``Audit`` then asks
once more for every photo, in a life of its own: each answer has to be the same.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.body import EPOCH
from tests.simulation.clients import Refused
from tests.simulation.evidence import Broken
from tests.simulation.judge.exposures import SCAN_SECONDS

from photonic.errors import StorageError
from photonic.model.reach import EVERYTHING
from photonic.model.status import CameraState, LiveState

if TYPE_CHECKING:
    import sqlite3

    from tests.simulation.audience import Audience
    from tests.simulation.clients import Client, Reply
    from tests.simulation.disturber import Disturber
    from tests.simulation.evidence import Request
    from tests.simulation.receiver import SimulatedReceiver
    from tests.simulation.users import User
    from tests.simulation.world import World

    from photonic.service.camera.controller import CameraController

HEALED_SECONDS = 300.0
TOLD_SECONDS = 420.0
"""How much longer a notification may wait: the longest wait between two tries, with its jitter."""
NOT_TOLD = "a notification is not delivered"
NIGHT_PRESENT = 0.5
"""How often whoever is told of photos by a webhook is away when the last ones are taken, and into the night."""
NIGHT_SECONDS = (1000.0, 1300.0)
"""Long enough for the waits between two tries to reach their limit."""
LONGEST_LAST_SECONDS = 60.0
"""The last disturbances have so long for their effects before nothing disturbs any more."""
AUDITED = 60
MOST_STILLS = 100_000
STARTING = frozenset({"shutting_down", "index_unread"})
START_SECONDS = 30.0


class Closing:
    """Waits for the end of a history, and for all to be well; ``controllers`` are those of the present life.

    ``receiver``: who is told of photos by a webhook; ``None``: nobody is.
    """

    def __init__(
        self,
        world: World,
        disturber: Disturber,
        users: list[User],
        audience: Audience | None,
        receiver: SimulatedReceiver | None,
    ) -> None:
        self._world = world
        self._disturber = disturber
        self._users = users
        self._audience = audience
        self._receiver = receiver
        self._random = world.randomness.part("closing")
        self._night = world.randomness.part("night")
        self._morning: float | None = None
        self.controllers: list[CameraController] = []

    async def run(self) -> None:
        """Return when every photo was asked for and all is well. Raises ``Broken``."""
        world = self._world
        while not world.done:  # noqa: ASYNC110 - simulated time costs nothing
            await asyncio.sleep(1.0)
        if self._receiver is not None:
            await self._pass_night(self._receiver)
        if not world.over:
            await asyncio.sleep(self._random.uniform(0.0, LONGEST_LAST_SECONDS))
        world.over = True
        world.note("history", "nothing disturbs any more")
        self._disturber.calm()
        for controller in self.controllers:
            await self._connected(controller)
        await self.well()

    async def _pass_night(self, receiver: SimulatedReceiver) -> None:
        """Let some time pass in which nobody takes photos, and the receiver may not be there; once in a history."""
        now = self._world.now()
        if self._morning is None:
            away = self._night.random() < NIGHT_PRESENT
            self._morning = now + (self._night.uniform(*NIGHT_SECONDS) if away else 0.0)
            receiver.leave(self._morning)
        await asyncio.sleep(max(0.0, self._morning - now))

    async def well(self) -> None:
        """Return when all is well. Raises ``Broken``."""
        world = self._world
        deadline = world.now() + HEALED_SECONDS
        wait = 1.0
        while missing := await self._missing():
            only_told = all(one.startswith(NOT_TOLD) for one in missing)
            if world.now() > deadline + (TOLD_SECONDS if only_told else 0.0):
                text = f"{HEALED_SECONDS:.0f} s after the last disturbance: {'; '.join(missing)}"
                raise Broken(6, f"all is well again: {missing[0].partition(':')[0]}", text)
            await asyncio.sleep(wait)
            wait = min(10.0, wait * 1.5)

    async def _connected(self, controller: CameraController) -> None:
        try:
            await controller.connect()
        except Exception as error:  # noqa: BLE001 - whether it is connected is asked below
            self._world.note("history", f"cannot connect yet: {error}")

    async def _missing(self) -> list[str]:
        """What is not well yet."""
        found = [f"a user is not done: {one.busy}" for one in self._users if one.busy]
        for number, controller in enumerate(self.controllers):
            snapshot = controller.snapshot()
            if snapshot.camera.state is not CameraState.READY:
                found.append(f"the camera is not ready: {number}, {snapshot.camera.state}, {snapshot.camera.reason}")
            if snapshot.live.state is not LiveState.RUNNING:
                found.append(f"live view does not run: {number}, {snapshot.live.state}, {snapshot.live.reason}")
            if snapshot.captures:
                found.append(f"a capture has not ended: {number}, {snapshot.captures[0]}")
            if snapshot.sequence is not None:
                found.append(f"a sequence has not ended: {number}, {snapshot.sequence}")
            if snapshot.saving.second is not None and snapshot.saving.second.waiting:
                found.append(f"a second copy is missing: {number}, {snapshot.saving.second}")
            found += [f"{NOT_TOLD}: {number}, {target}" for target in controller.health().targets if target.waiting]
        found += [] if self._audience is None else self._audience.missing
        return found or await self._not_in_index()

    async def _not_in_index(self) -> list[str]:
        """Photos on the cards that the service should have fetched; asked last, since it is the most work."""
        found: list[str] = []
        if self._world.settings.target != "card":
            # What the button takes while no computer is connected goes to a card that nobody looks at.
            return []
        for number, controller in enumerate(self.controllers):
            try:
                scanned_at = await _scanned_at(controller)
            except StorageError as error:
                found.append(f"the index cannot be read: {number}, {error}")
                continue
            stills = await controller.gallery.stills(EVERYTHING, None, None, MOST_STILLS)
            stills = [*stills, *await controller.gallery.deleted(None, MOST_STILLS)]
            known = {file.sha256 for still in stills for file in still.record.files}
            found += [
                f"a photo on the card is not in the index: {number}, {name}"
                for name in self._world.missing_from(number, known, scanned_at)
            ]
        return found


async def _scanned_at(controller: CameraController) -> float:
    """When the service last began to know a card, in simulated seconds."""

    def read(connection: sqlite3.Connection) -> float:
        (at,) = connection.execute(
            "SELECT max(first) FROM (SELECT min(seen_at) AS first FROM sights GROUP BY card)"
        ).fetchone()
        return 0.0 if at is None else at - EPOCH + SCAN_SECONDS

    return await controller._photos.journal.read(read)  # pyright: ignore[reportPrivateUsage] - it offers nobody a look


class Audit:
    """Asks once more for photos that were asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.randomness.part("audit")
        self._done = False
        self.busy = None

    async def run(self, client: Client) -> None:
        """See ``User``."""
        ended = [one for one in self._world.evidence.requests.values() if one.final is not None]
        for wanted in self._random.sample(ended, min(AUDITED, len(ended))):
            told = await self._asked(client, wanted)
            answer = told.answer(self._world.now(), self._world.life)
            self._world.note("audit", f"is told of {wanted.key}: {answer}")
            wanted.answers.append(answer)
        self._done = True
        await asyncio.Event().wait()

    async def _asked(self, client: Client, wanted: Request) -> Reply:
        """What is answered once the service has started."""
        deadline = self._world.now() + START_SECONDS
        while True:
            try:
                return await client.capture(wanted, lambda _id: None)
            except Refused as refused:
                if refused.kind not in STARTING or self._world.now() > deadline:
                    text = f"{wanted.key} was refused: {refused}"
                    raise Broken(3, "a repeated request is the same", text) from refused
            await asyncio.sleep(1.0)

    async def done(self, closing: Closing) -> None:
        """Return when it has asked, and all is well."""
        while not self._done:  # noqa: ASYNC110 - simulated time costs nothing
            await asyncio.sleep(1.0)
        await closing.well()
