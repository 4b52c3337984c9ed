"""The HTTP requests of a live view, in addition to its socket: read the status, restart the preview."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx2

from photonic.client.address import bearer
from photonic.client.problem import retry_after_seconds
from photonic.client.status_route import open_http, parse_status
from photonic.protocol.session_events import FromStatus, SnapshotArrived, StatusError

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Callable, Coroutine

    from photonic.client.address import ServiceAddress
    from photonic.protocol.session_events import Input
    from photonic.protocol.session_times import SessionTimes


class Questions:
    """Sends these requests to one service.

    Args:
        address: The service and the camera.
        spawn: Starts a task that its owner awaits.
        report: Receives the outcome of a status request.
        token: The service's token; ``None``: no token.
        times: The time limit of a status request.
        trust: Whose certificates are accepted (``client.trust``).
    """

    def __init__(
        self,
        address: ServiceAddress,
        spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
        report: Callable[[Input], None],
        *,
        token: str | None,
        times: SessionTimes,
        trust: ssl.SSLContext | None,
    ) -> None:
        self._address = address
        self._spawn = spawn
        self._report = report
        self._http = open_http(bearer(token), timeout_seconds=times.status_request_seconds, trust=trust)
        self.pending: set[asyncio.Task[None]] = set()

    def ask_status(self, req: int) -> None:
        """Request the status; report the outcome with the number ``req``."""
        self._start(self._ask_status(req))

    def restart_preview(self) -> None:
        """Ask the service to restart the preview; report nothing."""
        self._start(self._restart_preview())

    def cancel(self) -> None:
        """Cancel all pending requests."""
        for task in self.pending:
            task.cancel()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._spawn(work)
        self.pending.add(task)
        task.add_done_callback(self.pending.discard)

    async def _ask_status(self, req: int) -> None:
        try:
            response = await self._http.get(self._address.camera_url("/capture/status"))
        except httpx2.HTTPError:
            self._report(StatusError(req))
            return
        answer = parse_status(response.content) if response.is_success else None
        if answer is None:
            self._report(StatusError(req, response.status_code, retry_after_seconds(response.headers)))
        else:
            self._report(SnapshotArrived(FromStatus(req), answer))

    async def _restart_preview(self) -> None:
        # The response does not matter: either fresh frames arrive, or the session asks again after ten seconds.
        with contextlib.suppress(httpx2.HTTPError):
            await self._http.post(self._address.camera_url("/liveview/start"))
