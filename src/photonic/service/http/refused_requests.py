"""Requests that the connection refuses before a route sees them: the complete response, and the count by status.

It differs from ``base.unexpected``, which counts failures, and invalid data of cameras and files by the code that
rejected it. Here HTTP requests are counted by status, and each one needs a response for the transport.
"""

from __future__ import annotations

import logging
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from photonic.recurring import Recurring
from photonic.serving.problems import ProblemResponse, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = structlog.stdlib.get_logger(__name__)


class RefusedRequests:
    """Counts the requests and handshakes refused by connections, by status; logs each kind once an hour."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.counts: Counter[int] = Counter()
        self._recurring = Recurring(clock)

    def answer(
        self, status: int, reason: str, headers: Mapping[str, str] | None = None, kind: str | None = None
    ) -> bytes:
        """Count one refusal and build its response.

        Args:
            status: The HTTP status.
            reason: The problem's ``detail``.
            headers: Further headers of the response.
            kind: The problem's type; ``None``: the one that belongs to the status.

        Returns:
            The complete response, head and body, as bytes for the transport.
        """
        self.counts[status] += 1
        kind = kind or kind_of(status)
        # By the kind: a client could send a new reason each time, and fill the log.
        log.log(self._recurring.level(kind, logging.INFO), "request refused", status=status, reason=reason)
        response = ProblemResponse(kind, reason, status=status, headers={"Connection": "close", **(headers or {})})
        line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
        return b"".join(
            (line, *(b"%s: %s\r\n" % header for header in response.raw_headers), b"\r\n", bytes(response.body))
        )
