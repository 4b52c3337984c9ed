"""A pause is trusted only for as long as the service has announced it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Lease:
    """A pause with an end. ``key`` identifies the pause: run and revision of the snapshot that reported it.

    The same key renews a lease that has not expired. After it has expired, only a different key starts a pause again: a
    service that repeats the same report past its own deadline is not trusted.
    """

    def __init__(self, *, margin_seconds: float, longest_seconds: float) -> None:
        self._margin_seconds = margin_seconds
        self._longest_seconds = longest_seconds
        self._key: Hashable = None
        self._until: float | None = None

    @property
    def expires_at(self) -> float | None:
        """When the lease expires; ``None``: there is no pause."""
        return self._until

    def held(self, now: float) -> bool:
        """Whether a pause is in force."""
        return self._until is not None and now < self._until

    def grant(self, key: Hashable, resume_by_seconds: float | None, now: float) -> None:
        """Start or renew a pause; ``resume_by_seconds`` ``None``: unknown, so only the margin applies."""
        if key == self._key and not self.held(now):
            return
        seconds = 0.0 if resume_by_seconds is None or math.isnan(resume_by_seconds) else max(0.0, resume_by_seconds)
        self._key = key
        self._until = now + min(seconds, self._longest_seconds) + self._margin_seconds

    def end(self) -> None:
        """End the pause."""
        self._until = None
