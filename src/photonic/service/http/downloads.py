"""Files that are sent for as long as their reader may have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response

from photonic.service.http.streams import abort_connection
from photonic.serving.leases import AccessEnded
from photonic.serving.problems import of_ended_access

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from photonic.serving.leases import StreamLease

log = structlog.stdlib.get_logger(__name__)


class Download(Response):
    """Sends another response; if the reader's right ends meanwhile, the connection is cut.

    A cut is the only way to tell a reader that a body which has begun is incomplete. A service that stops does not
    cut: short files still arrive.
    """

    def __init__(self, whole: Response, lease: StreamLease) -> None:
        super().__init__(status_code=whole.status_code)
        self.raw_headers = whole.raw_headers
        self._whole = whole
        self._lease = lease

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end of the file, or of the right."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with self._lease.right():
                await self._whole(scope, receive, sending)
        except AccessEnded as ended:
            log.info("download ended", reason=str(ended), path=scope["path"][:200])
            if begun:
                await abort_connection(scope, receive)
            else:
                await of_ended_access(ended)(scope, receive, send)
