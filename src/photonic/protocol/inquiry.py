"""Questions to the status route: the newest one counts, and each has an end."""

from __future__ import annotations


class Inquiry:
    """Knows which status request is in flight.

    ``req`` is the number of the one in flight, ``None`` when there is none; ``newest`` that of the last one asked, 0
    before the first; ``unknown`` is whether the last one ended without an answer: not "no", and not "not capturing".
    """

    def __init__(self, request_seconds: float) -> None:
        self._request_seconds = request_seconds
        self.newest = 0
        self.req: int | None = None
        self.sent_at: float | None = None
        self.unknown = False

    @property
    def ends_at(self) -> float | None:
        """When the request in flight is given up; ``None`` when there is none."""
        return None if self.req is None or self.sent_at is None else self.sent_at + self._request_seconds

    def ask(self, number: int, now: float) -> None:
        """A request of this number goes out; one that is still in flight is waited for no longer."""
        self.req = self.newest = number
        self.sent_at = now

    def answered(self, req: int) -> bool:
        """A request was answered; whether that says "reachable again" after a time without answers."""
        if req == self.req:
            self.req = None
        again, self.unknown = self.unknown, False
        return again

    def failed(self, req: int, *, unknown: bool) -> bool:
        """A request failed; whether it was the one in flight. ``unknown``: nothing was learnt from it."""
        if req != self.req:
            return False
        self.req = None
        self.unknown = unknown
        return True

    def forget(self) -> None:
        """Whatever is in flight is of no interest any more."""
        self.req = None
        self.unknown = False
