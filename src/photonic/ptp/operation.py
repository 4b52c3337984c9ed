"""What the camera's side keeps for one client on any transport: its session, and the operation that it has begun."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.ptp.codes import OperationCode, ResponseCode
from photonic.ptp.handler import NotYet, Reply

if TYPE_CHECKING:
    from photonic.ptp.handler import Handler
    from photonic.ptp.packets import OperationRequest

LONGEST_DATA = 16 * 1024 * 1024
"""The limit, in bytes, for what a client sends with one operation."""


@dataclass(slots=True)
class PendingOperation:
    """An operation that is not answered yet; ``complete``: all its data is here, the camera can be asked."""

    request: OperationRequest
    data: bytearray = field(default_factory=bytearray)
    complete: bool = False

    def extend(self, data: bytes) -> None:
        """Add data that the client sent. Raises ``ProtocolError`` when there is more than ``LONGEST_DATA``."""
        self.data += data
        if len(self.data) > LONGEST_DATA:
            raise ProtocolError(f"data phase of more than {LONGEST_DATA} bytes")


class HostedSession:
    """The PTP session between one client and the camera: opened, closed, and required by nearly every operation."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._open = False

    def reply(self, operation: PendingOperation, now: float) -> Reply | NotYet:
        """Carry out a complete operation, or refuse it because there is no session."""
        match operation.request.code:
            case OperationCode.OPEN_SESSION:
                if self._open:
                    return Reply(ResponseCode.SESSION_ALREADY_OPEN)
                self._open = True
                self._handler.session_opened(now)
                return Reply()
            case OperationCode.CLOSE_SESSION:
                self.end(now)
                return Reply()
            case OperationCode.GET_DEVICE_INFO:
                pass
            case _ if not self._open:
                return Reply(ResponseCode.SESSION_NOT_OPEN)
            case _:
                pass
        return self._handler.operate(operation.request, bytes(operation.data), now)

    def end(self, now: float) -> None:
        """End the session if there is one: the client has closed it, or is gone."""
        if self._open:
            self._open = False
            self._handler.session_ended(now)
