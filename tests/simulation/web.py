"""The whole server on the simulated network: uvicorn, the gate, the routes, the hub's senders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tests.simulation.network import SimulatedListener
from tests.support import shared_routes

from photonic.service.server import serve_cameras

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from tests.simulation.network import Network

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl

URL = "http://127.0.0.1:8000"


async def serve_on(
    network: Network,
    settings: ServiceSettings,
    controllers: Sequence[CameraControl],
    surroundings: Surroundings,
    *,
    stop: asyncio.Event,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Run the cameras and the server at ``URL`` until ``stop``; the running loop is one that the network serves."""
    shared_routes.install()
    listener = cast("Any", SimulatedListener(network))
    await serve_cameras(
        settings, controllers, [listener], surroundings=surroundings, stop=stop, on_ready=on_ready, handle_signals=False
    )
