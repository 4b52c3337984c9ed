"""The numbers of operations, and what is planned to go wrong at them.

Theory of operation
-------------------
``operations`` counts over the whole history, through every life. ``plan`` says at which number something goes wrong; a
user of the disk may add to it while the history runs. Numbered are changes, reads of content and listings of folders;
looking something up, opening what exists and closing are not.

Changes of names (a link, a rename, a removal) are counted apart, too, with a plan of their own: there are few of them
among a hundred operations, and most of what a death can spoil is their order.

An operation is atomic and happens at once. ``begin`` counts it and refuses it, as planned; ``finish`` ends the life or
reports an error after it. A write and a flush may also stop in their middle.

The dead are refused: whatever is called after the life has ended raises its ``Death`` and changes nothing.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.simulation.death import Life
from tests.simulation.disk.nodes import failed

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.simulation.disk.disturbance import Disturbance
    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace

SIZE_BYTES = 64 * 10**9
PARTLY = frozenset({"write", "flush"})
"""What can stop in its middle. Everything else has happened then, or has not."""
NAME_CHANGES = frozenset({"link", "rename", "unlink"})


class NumberedOperations:
    """Counts operations and lets them fail.

    Args:
        randomness: Of the history; the part is ``disk``.
        trace: Of the history.
    """

    def __init__(self, randomness: Randomness, trace: Trace) -> None:
        self.trace = trace
        self.life = Life()
        self.plan: dict[int, Disturbance] = {}
        self.operations = 0
        self.name_plan: dict[int, Disturbance] = {}
        self.name_changes = 0
        self.failures: list[float] = []
        self.free_bytes = SIZE_BYTES
        """0: the disk is full."""
        self.failing: int | None = None
        """Every operation reports this error, until it is ``None`` again."""
        self.second: str | None = None
        """The folder that another device is mounted on; it has its own errors."""
        self.second_failing: int | None = None
        """Every operation there reports this error (ENOSPC: what needs space), until it is ``None`` again."""
        self.at_flush: tuple[str, Disturbance] | None = None
        """What goes wrong at the next flush of a path that contains this text; ``None``: nothing."""
        self.draws = randomness.part("disk")

    def begin(self, what: str, path: str, detail: str = "", *, space: bool = False) -> Disturbance | None:
        """Count an operation; raises what goes wrong before it, and returns what goes wrong in its middle or after it.

        Args:
            what: Its kind.
            path: For the trace and the error.
            detail: For the trace.
            space: Whether it needs space.
        """
        ended = self.life.ended
        if ended is not None:
            raise ended
        self.operations = number = self.operations + 1
        self.trace.note("disk", f"{number} {what} {path}{detail}")
        planned = self.plan.get(number) if self.plan else None
        if what in NAME_CHANGES:
            self.name_changes += 1
            planned = planned or self.name_plan.get(self.name_changes)
        if planned is not None:
            return self._planned(planned, what, path, space)
        if what == "flush" and self.at_flush is not None and self.at_flush[0] in path:
            (_text, planned), self.at_flush = self.at_flush, None
            return self._planned(planned, what, path, space)
        if self.second is not None and self.on_second(path):
            if self.second_failing is not None and (space or self.second_failing != errno.ENOSPC):
                raise failed(self.second_failing, path)
            return None
        if self.failing is not None:
            raise self._failed(self.failing, path)
        if space and self.free_bytes <= 0:
            raise self._failed(errno.ENOSPC, path)
        return None

    def on_second(self, path: str) -> bool:
        """Whether the path is on the second device."""
        return self.second is not None and (path == self.second or path.startswith(f"{self.second}/"))

    def _planned(self, planned: Disturbance, what: str, path: str, space: bool) -> Disturbance | None:
        if planned.kind == "ENOSPC" and not space:
            return None
        self.trace.note("disk", f"{planned.kind} {planned.moment}")
        before = planned.moment == "before"
        if planned.moment == "middle" and what not in PARTLY:
            before = self.draws.random() < 0.5
        if before and what != "flush":
            self.finish(planned, path)
        return planned

    def _failed(self, number: int, path: str) -> OSError:
        self.failures.append(self.trace.clock())
        return failed(number, path)

    def finish(self, planned: Disturbance, path: str) -> None:
        """What goes wrong at an operation: raises it."""
        if (number := planned.error) is not None:
            raise self._failed(number, path)
        raise self.life.end(f"operation {self.operations} ({path})", power=planned.kind == "power")

    @contextmanager
    def operation(self, what: str, path: str, detail: str = "") -> Generator[None]:
        """An operation that needs no space; what is done within is done at once."""
        planned = self.begin(what, path, detail)
        yield
        if planned is not None:
            self.finish(planned, path)
