"""Runs the service in this process, for ``serve`` and ``demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from photonic import web

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from photonic.access.control import AccessControl
    from photonic.service.config.settings import ServiceSettings


def run(work: Coroutine[None, None, None]) -> None:
    """Run ``work`` to its end on uvloop, which uses the least CPU time with many viewers."""
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def page_folder() -> Path | None:
    """The folder of the bundled web page; ``None`` if the installation lacks it."""
    folder = Path(web.__file__).parent
    return folder if (folder / "index.html").is_file() else None


async def host(settings: ServiceSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; call ``on_ready`` with the service's address once it answers requests.

    Then it says how other devices get in, if they reach it.

    Raises ``BadInput`` if it cannot listen on the port, ``PhotonicError`` if the camera controller failed.
    """
    import gc

    from photonic.cli import ways_in
    from photonic.service.config.access import refuse_weak_token
    from photonic.service.server import serve
    from photonic.service.support.log_ring import LogRing
    from photonic.service.support.logs import set_up_logging
    from photonic.service.support.redaction import Redactor

    refuse_weak_token(settings)
    logs = LogRing(Redactor.of(settings))
    set_up_logging(settings.log_format, settings.log_level, ring=logs)
    first_token = ways_in.first_token(settings)

    def ready(address: str, access: AccessControl) -> None:
        # These objects live until the end; scanning them in every collection would delay frames, most of all with many
        # viewers.
        gc.collect()
        gc.freeze()
        on_ready(address)
        ways_in.tell(settings, address, access, first_token)

    await serve(settings, page=page_folder(), logs=logs, on_ready=ready)
