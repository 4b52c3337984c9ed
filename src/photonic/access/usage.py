"""What is in use at this moment: by each principal, and of what the whole service has.

Theory of operation. Something is *held* from ``take`` to ``release``. A count exists only while something is held, so
the memory is bounded by what is held, not by how many principals have ever been seen. Nothing is queued here: who
cannot have something now is refused, with the reason, and may come again.

A ``Pool`` has a reserved share that only the privileged (operators, programs on this computer) may take: however many
guests there are, the operator's page still opens. The share is part of the total, so the privileged are bound by the
total, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Use(StrEnum):
    """What a principal can hold several of."""

    STREAM = "stream"
    REQUEST = "request"

    @property
    def plural(self) -> str:
        """For people: "has as many ... as are allowed"."""
        return {Use.STREAM: "streams", Use.REQUEST: "open requests"}[self]


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """How many of each one principal may hold at once: a token with its browser sessions, or a browser session
    that no token opened.

    ``link_streams``: the streams of one signed link to live view, which many may watch, unless the link says otherwise.
    """

    streams: int = 8
    requests: int = 16
    link_streams: int = 50

    def of(self, use: Use) -> int:
        """The limit for one use of one principal."""
        return {Use.STREAM: self.streams, Use.REQUEST: self.requests}[use]


class Held:
    """Something that is in use until ``release``, which may be called twice; also a context manager."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        """Give it back."""
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Usage:
    """Counts what each principal holds."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Use]] = Counter()
        self.refused: Counter[Use] = Counter()

    def take(self, key: str, use: Use, limit: int) -> Held | None:
        """Hold one more, unless this principal holds ``limit`` already: then ``None``, and the refusal is counted.

        Args:
            key: The principal's ``limit_key``, such as ``session:ID``, ``token:HASH`` or ``link:ID``.
            use: What it takes.
            limit: How many it may hold; at least 1.
        """
        place = key, use
        if self._counts.get(place, 0) >= limit:
            self.refused[use] += 1
            return None
        self._counts[place] += 1
        return Held(lambda: self._release(place))

    def held(self, key: str, use: Use) -> int:
        """How many this principal holds."""
        return self._counts.get((key, use), 0)

    def __len__(self) -> int:
        return len(self._counts)

    def _release(self, place: tuple[str, Use]) -> None:
        self._counts[place] -= 1
        if self._counts[place] <= 0:
            del self._counts[place]


class Pool:
    """What the whole service has ``total`` of, ``reserved`` of them for the privileged."""

    def __init__(self, total: int, reserved: int) -> None:
        self.total = total
        self._reserved = min(reserved, total)
        self.taken = 0
        self.refused = 0

    def take(self, *, privileged: bool) -> Held | None:
        """Hold one; ``None``: none is left for this one, and the refusal is counted."""
        if self.taken >= self.total - (0 if privileged else self._reserved):
            self.refused += 1
            return None
        self.taken += 1
        return Held(self._release)

    def _release(self) -> None:
        self.taken -= 1
