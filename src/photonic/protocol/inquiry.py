"""Questions to the status route: one in flight at a time, each with an end."""

from __future__ import annotations


class Inquiry:
    """Numbers status requests and knows which one is in flight.

    ``req`` is the number of the one in flight, ``None`` when there is none; ``unknown`` is whether the last one ended
    without an answer: not "no", and not "not capturing".
    """

    def __init__(self, request_seconds: float) -> None:
        self._request_seconds = request_seconds
        self._count = 0
        self.req: int | None = None
        self.sent_at: float | None = None
        self.unknown = False

    @property
    def ends_at(self) -> float | None:
        """When the request in flight is given up; ``None`` when there is none."""
        return None if self.req is None or self.sent_at is None else self.sent_at + self._request_seconds

    def ask(self, now: float) -> int:
        """A request goes out; give its number."""
        self._count += 1
        self.req, self.sent_at = self._count, now
        return self._count

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
