"""How many photos each guest may take in a minute. No I/O; time is passed in.

Theory of operation. Each accepted capture counts as one photo, and a sequence as all of its frames, from when it was
accepted until a minute later. A request fits if its photos and those of the last minute are within the limit. One with
more photos than the limit, a long sequence, fits if the guest has taken none in the last minute: otherwise it could
never begin. So each guest takes at most the larger of the two in any minute.

A request is counted before it is tried, and given back if it is refused for another reason. So requests that are sent
at the same time cannot all pass.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

MINUTE_SECONDS = 60.0
GUESTS_LIMIT = 1000
"""Of so many guests, the one that took a photo longest ago is forgotten first."""


@dataclass(slots=True)
class Counted:
    """One request that counts until ``until``."""

    photos: int
    until: float


@dataclass(slots=True)
class _Guest:
    requests: deque[Counted] = field(default_factory=deque[Counted])

    def forget_until(self, now: float) -> None:
        while self.requests and self.requests[0].until <= now:
            self.requests.popleft()

    def fewer_by(self, photos: int) -> float:
        """When at least this many of its photos no longer count."""
        for request in self.requests:
            photos -= request.photos
            if photos <= 0:
                return request.until
        return 0.0

    @property
    def photos(self) -> int:
        return sum(request.photos for request in self.requests)


class CaptureRate:
    """Counts the photos of each guest, by its key.

    Args:
        a_minute: The most photos in a minute.
    """

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._guests: OrderedDict[str, _Guest] = OrderedDict()

    def __len__(self) -> int:
        """The number of guests that are kept."""
        return len(self._guests)

    def count(self, key: str, photos: int, now: float) -> Counted | float:
        """Count a request for this many photos.

        Args:
            key: The guest's ``limit_key``.
            photos: At least 1.
            now: Seconds of a clock that is never set.

        Returns:
            What ``give_back`` takes, or the seconds until the request would fit, more than 0.
        """
        guest = self._guests.get(key) or _Guest()
        guest.forget_until(now)
        allowed = max(self._a_minute, photos)
        excess = guest.photos + photos - allowed
        if excess > 0:
            return guest.fewer_by(excess) - now
        counted = Counted(photos, now + MINUTE_SECONDS)
        guest.requests.append(counted)
        self._guests[key] = guest
        self._guests.move_to_end(key)
        if len(self._guests) > GUESTS_LIMIT:
            self._guests.popitem(last=False)
        return counted

    def give_back(self, key: str, counted: Counted) -> None:
        """Uncount a request that was refused after it was counted."""
        guest = self._guests.get(key)
        if guest is not None and any(request is counted for request in guest.requests):
            guest.requests = deque(request for request in guest.requests if request is not counted)
