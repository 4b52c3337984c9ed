"""Requests to the status route: only the newest one counts, and each has a time limit."""

from __future__ import annotations


class Inquiry:
    """Tracks the status request in flight.

    ``req``: the number of the request in flight; ``None``: there is none. ``newest``: the number of the last request, 0
    before the first. ``unknown``: whether the last request ended without an answer about the service.
    """

    def __init__(self, request_seconds: float) -> None:
        self._request_seconds = request_seconds
        self.newest = 0
        self.req: int | None = None
        self.sent_at: float | None = None
        self.unknown = False

    @property
    def ends_at(self) -> float | None:
        """When the request in flight times out; ``None``: there is none."""
        return None if self.req is None or self.sent_at is None else self.sent_at + self._request_seconds

    def ask(self, number: int, now: float) -> None:
        """Record a new request; it replaces any request still in flight."""
        self.req = self.newest = number
        self.sent_at = now

    def answered(self, req: int) -> bool:
        """Record an answer; return whether the service is reachable again after requests without an answer."""
        if req == self.req:
            self.req = None
        again, self.unknown = self.unknown, False
        return again

    def failed(self, req: int, *, unknown: bool) -> bool:
        """Record a failure; return whether it was of the request in flight. ``unknown``: there was no answer."""
        if req != self.req:
            return False
        self.req = None
        self.unknown = unknown
        return True

    def forget(self) -> None:
        """Ignore the request in flight."""
        self.req = None
        self.unknown = False
