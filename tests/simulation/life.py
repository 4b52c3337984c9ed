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
from tests.simulation.web import serve_on
from tests.support import shared_routes

from photonic.service import app as app_module
from photonic.service.config.cameras import singles

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from fastapi import FastAPI
    from tests.simulation.audience import Audience
    from tests.simulation.clients import Client
    from tests.simulation.users import User
    from tests.simulation.world import World

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.controller import CameraController
    from photonic.service.config.settings import ServiceSettings

    HasProcess = Callable[[], bool]

STOP_SECONDS = 60.0
"""Within which a service that is told to stop is gone: a photo that is only in the RAM is waited for."""


class ServiceLife:
    """One run of the whole service.

    Args:
        world: Of the history.
        settings: Of the service.
        surroundings: Of this run.
        audience: Who watches through the whole server; ``None``: nobody does, and no server runs.
    """

    def __init__(
        self, world: World, settings: ServiceSettings, surroundings: Surroundings, audience: Audience | None
    ) -> None:
        self._world = world
        self._settings = settings
        self._surroundings = surroundings
        self._audience = audience
        self.controllers: list[CameraController] = app_module.create_controllers(settings, surroundings)
        self._restart = asyncio.Event()
        self._stopping = asyncio.Event()
        self._service: list[asyncio.Task[Any]] = []

    def restart(self) -> None:
        """Stop in good order, at the next moment."""
        self._restart.set()

    async def run(self, users: list[User], until: Coroutine[None, None, None], has_process: HasProcess) -> bool:
        """Be used by these users until ``until`` returns; whether it did: a restart may come before.

        ``has_process`` tells whether a camera process runs. Raises ``Broken`` if a promise is broken meanwhile.
        """
        if self._audience is not None:
            self._service = [asyncio.ensure_future(self._serve_on(self._audience, has_process))]
            return await self._used(DirectClient(self.controllers), users, until)
        if not self._world.settings.http:
            self._service = [asyncio.ensure_future(one.run()) for one in self.controllers]
            return await self._used(DirectClient(self.controllers), users, until)
        shared_routes.install()
        app = app_module.create_app(self._settings, self.controllers, surroundings=self._surroundings)
        ready = asyncio.Event()
        self._service = [asyncio.ensure_future(self._serve(app, ready))]
        await ready.wait()
        names = [one.camera_name or serial_of(number) for number, one in enumerate(singles(self._settings))]
        return await self._used(HttpClient(app, names), users, until)

    async def _serve(self, app: FastAPI, ready: asyncio.Event) -> None:
        """Run the application with its cameras."""
        async with app.router.lifespan_context(app):
            ready.set()
            await self._stopping.wait()

    async def _serve_on(self, audience: Audience, has_process: HasProcess) -> None:
        """Run the whole server on the network of the audience."""
        await serve_on(
            audience.network,
            self._settings,
            self.controllers,
            self._surroundings,
            stop=self._stopping,
            on_ready=lambda: audience.service_began(self.controllers[0], has_process),
        )

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
        if self._audience is not None:
            self._audience.service_stops()
        if self._audience is None and not self._world.settings.http:
            for task in self._service:
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
