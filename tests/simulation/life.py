"""One life of the service: it starts, it is used and watched, and it stops in good order, unless it dies before that.

Everything here belongs to one event loop and ends with it. What must outlive it is in ``World``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.clients import DirectClient, HttpClient
from tests.simulation.evidence import Broken
from tests.simulation.judge.watch import Watcher
from tests.simulation.scenery import serial_of
from tests.support import shared_routes

from photonic.service import app as app_module
from photonic.service.config.cameras import singles

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from fastapi import FastAPI
    from tests.simulation.clients import Client
    from tests.simulation.users import User
    from tests.simulation.world import World

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.controller import CameraController
    from photonic.service.config.settings import ServiceSettings

STOP_SECONDS = 60.0
"""Within which a service that is told to stop is gone: a photo that is only in the RAM is waited for."""


class ServiceLife:
    """One run of the whole service.

    Args:
        world: Of the history.
        settings: Of the service.
        surroundings: Of this run.
    """

    def __init__(self, world: World, settings: ServiceSettings, surroundings: Surroundings) -> None:
        self._world = world
        self._settings = settings
        self._surroundings = surroundings
        self.controllers: list[CameraController] = app_module.create_controllers(settings, surroundings)
        self._restart = asyncio.Event()
        self._stopping = asyncio.Event()
        self._service: list[asyncio.Task[Any]] = []

    def restart(self) -> None:
        """Stop in good order, at the next moment."""
        self._restart.set()

    async def run(self, users: list[User], until: Coroutine[None, None, None]) -> bool:
        """Be used by these users until ``until`` returns; whether it did: a restart may come before.

        Raises ``Broken`` if a promise is broken meanwhile.
        """
        if (audience := self._world.audience) is not None:
            up = asyncio.Event()
            serving = audience.serve(
                self._settings, self.controllers, self._surroundings, stop=self._stopping, on_ready=up.set
            )
            self._service = [asyncio.ensure_future(serving)]
            waiting = asyncio.ensure_future(up.wait())
            await asyncio.wait({waiting, *self._service}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise Broken(8, "the service never ends by itself", f"it did not start: {_cause(self._service[0])}")
            return await self._used(DirectClient(self.controllers), users, until)
        if not self._world.settings.http:
            self._service = [asyncio.ensure_future(one.run()) for one in self.controllers]
            return await self._used(DirectClient(self.controllers), users, until)
        shared_routes.install()
        app = app_module.create_app(self._settings, self.controllers)
        ready = asyncio.Event()
        self._service = [asyncio.ensure_future(self._serve(app, ready))]
        await ready.wait()
        names = [one.camera_name or serial_of(number) for number, one in enumerate(singles(self._settings))]
        return await self._used(HttpClient(app, names), users, until)

    async def _serve(self, app: FastAPI, ready: asyncio.Event) -> None:
        """Run the application with its cameras until cancelled."""
        async with app.router.lifespan_context(app):
            ready.set()
            await asyncio.Event().wait()

    async def _used(self, client: Client, users: list[User], until: Coroutine[None, None, None]) -> bool:
        """Let the users use the service; then stop it in good order."""
        watchers = [Watcher(self._world, number, one) for number, one in enumerate(self.controllers)]
        ending = asyncio.ensure_future(until)
        restarting = asyncio.ensure_future(self._restart.wait())
        work = [ending, restarting]
        work += [asyncio.ensure_future(one.run(client)) for one in users]
        work += [asyncio.ensure_future(one.run()) for one in watchers]
        done, _pending = await asyncio.wait({*work, *self._service}, return_when=asyncio.FIRST_COMPLETED)
        for task in self._service:
            if task in done:
                raise Broken(8, "the service never ends by itself", f"it ended: {_cause(task)}")
        for task in work:
            if task in done:
                task.result()
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await self._stop()
        return ending in done

    async def _stop(self) -> None:
        self._stopping.set()
        for task in self._service if self._world.audience is None else ():
            task.cancel()
        _done, pending = await asyncio.wait(self._service, timeout=STOP_SECONDS)
        if pending:
            raise Broken(8, "the service stops when it is told to", f"not within {STOP_SECONDS:.0f} s")
        for task in self._service:
            if not task.cancelled() and task.exception() is not None:
                raise Broken(8, "the service stops in good order", _cause(task))

    def check(self) -> None:
        """Raises ``Broken`` if something failed that was only counted and logged."""
        for controller in self.controllers:
            for where, count in controller.unexpected.failures.items():
                if count:
                    raise Broken(8, f"no failure is unexpected: {where}", f"{count} times, see the log")


def _cause(task: asyncio.Task[Any]) -> str:
    if task.cancelled():
        return "it was cancelled"
    return "it returned" if task.exception() is None else repr(task.exception())
