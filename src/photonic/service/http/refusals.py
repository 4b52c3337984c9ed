"""Requests that are refused before any route sees them: the answer in full, and how many there were."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from photonic.service.http.problems import ProblemResponse, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.stdlib.get_logger(__name__)


class Refusals:
    """Requests and handshakes that were refused before any route saw them, counted by status."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def answer(
        self, status: int, reason: str, headers: Mapping[str, str] | None = None, kind: str | None = None
    ) -> bytes:
        """Count one refusal; the answer in full, as it goes to a transport. ``kind``: ``None``: the status' own."""
        self.counts[status] += 1
        log.info("request refused", status=status, reason=reason)
        response = ProblemResponse(
            kind or kind_of(status), reason, status=status, headers={"Connection": "close", **(headers or {})}
        )
        line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
        return b"".join(
            (line, *(b"%s: %s\r\n" % header for header in response.raw_headers), b"\r\n", bytes(response.body))
        )
