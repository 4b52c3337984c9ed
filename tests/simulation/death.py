"""The end of the simulated process, by ``kill -9`` or by a loss of power: nothing of it runs afterwards.

Theory of operation
-------------------
**Death** is raised where it happens: in an operation on the disk, or in the loop before a step. It is a ``SystemExit``,
so ``except Exception`` does not catch it, and asyncio passes it on out of ``run_forever``.

**What cannot raise** (a callback of SQLite) records the death in the ``Life`` and fails. The loop looks at the life
after each step, so the process gets no further than the end of the job in which it died.

**After its death** a life is refused by the disk, whatever it tries. Coroutines, files and connections of the dead may
therefore be closed at any time (``SimulatedLoop.bury``): nothing that they still do has an effect.
"""

from __future__ import annotations


class Death(SystemExit):
    """The process ends here.

    Args:
        where: The operation or step, for people.
        power: Whether power was lost, so that the disk loses what was not flushed; else the process was killed.
    """

    def __init__(self, where: str, *, power: bool = False) -> None:
        super().__init__(where)
        self.where = where
        self.power = power


class Life:
    """One life of the process, from its start to its death. ``ended``: how it died; ``None``: it is alive."""

    __slots__ = ("ended",)

    def __init__(self) -> None:
        self.ended: Death | None = None

    def end(self, where: str, *, power: bool = False) -> Death:
        """The process dies; returns what is to be raised. The first death of a life is the one that counts."""
        if self.ended is None:
            self.ended = Death(where, power=power)
        return self.ended

    def check(self) -> None:
        """Raises ``Death`` if the process has died."""
        if self.ended is not None:
            raise self.ended
