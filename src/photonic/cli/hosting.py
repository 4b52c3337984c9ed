"""The service in this process: what ``serve`` and ``demo`` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photonic import web

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from photonic.service.config.settings import ServiceSettings


def run(work: Coroutine[None, None, None]) -> None:
    """Runs ``work`` to its end, on the event loop that serves many viewers with the least of this process's time."""
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def page_folder() -> Path | None:
    """The folder of the web page that comes with photonic; ``None`` where it was left out of the installation."""
    folder = Path(web.__file__).parent
    return folder if (folder / "index.html").is_file() else None


async def host(settings: ServiceSettings, on_ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or Ctrl-C; ``on_ready`` gets the service's address as soon as it answers.

    Raises ``BadInput`` when the port cannot be had, and ``PhotonicError`` when the camera's station failed.
    """
    import gc

    from photonic.service.server import serve
    from photonic.service.support.log_ring import LogRing
    from photonic.service.support.logs import set_up_logging
    from photonic.service.support.redaction import Redactor

    logs = LogRing(Redactor.of(settings))
    set_up_logging(settings.log_format, settings.log_level, ring=logs)

    def ready(address: str) -> None:
        # What was made by now stays: looking through it again and again is what delays frames most at many viewers.
        gc.collect()
        gc.freeze()
        on_ready(address)

    await serve(settings, page=page_folder(), logs=logs, on_ready=ready)
