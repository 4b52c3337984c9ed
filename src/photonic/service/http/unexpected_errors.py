"""The response to an exception that no handler expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from uvicorn.protocols.utils import ClientDisconnected

from photonic.service.base.unexpected import Unexpected, Where
from photonic.serving import problems

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.stdlib.get_logger(__name__)


class UnexpectedErrors:
    """ASGI: counts an unexpected exception, logs it once in full, and answers 500 without the exception's text."""

    def __init__(self, app: ASGIApp, unexpected: Unexpected) -> None:
        self._app = app
        self._unexpected = unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except ClientDisconnected:
            # It left before its WebSocket was accepted; uvicorn expects this.
            raise
        except Exception as error:
            self._unexpected.met(Where.REQUESTS, error)
            if scope["type"] != "http" or started:
                raise
            log.error("request failed", method=scope["method"], path=scope["path"], error=type(error).__name__)  # noqa: TRY400 - `met` has logged it in full
            await problems.of_status(500, problems.INTERNAL_ERROR)(scope, receive, send)
