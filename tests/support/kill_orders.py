"""Kill points: named steps of the real code at which a process ends itself with SIGKILL, once, when it is ordered to.

The order is a file, so that one process can be told of the next point while it runs, and the camera process of the
same point as the service. What was reached is a file too: it outlives the process.
"""

from __future__ import annotations

import inspect
import os
import signal
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VARIABLE = "TESTS_KILL_ORDERS"
"""Names the directory of the orders to a camera process."""


class Orders:
    """The orders in ``directory``; both sides use it."""

    def __init__(self, directory: Path) -> None:
        self._order = directory / "order"
        self._reached = directory / "reached"
        self._unknown = directory / "unknown"

    # The test's side.

    def give(self, point: str, skip: int = 0) -> None:
        """Whoever comes to this point dies there, after it has been passed ``skip`` times."""
        self._reached.unlink(missing_ok=True)
        self._write(point, skip)

    def take_back(self) -> None:
        """Nobody dies any more."""
        self._order.unlink(missing_ok=True)

    @property
    def reached(self) -> str | None:
        """The point at which somebody has died since the last order; ``None``: nobody."""
        return self._reached.read_text() if self._reached.exists() else None

    @property
    def unknown(self) -> set[str]:
        """Steps that the code does not have any more: the table of points has to follow it."""
        return set(self._unknown.read_text().split()) if self._unknown.exists() else set()

    # The side of those who die.

    def ordered(self, point: str) -> bool:
        """Whether this point is the one, and its turn has come."""
        try:
            ordered, skip = self._order.read_text().split()
        except FileNotFoundError:
            return False
        if ordered != point:
            return False
        if int(skip) > 0:
            self._write(point, int(skip) - 1)
            return False
        return True

    def pass_by(self, point: str) -> None:
        """Die here, if this is the point."""
        if self.ordered(point):
            self.die(point)

    def die(self, point: str) -> None:
        """Die, as by ``kill -9``."""
        self._order.unlink()
        self._reached.write_text(point)
        os.kill(os.getpid(), signal.SIGKILL)

    def around(self, where: str, step: str, named: Callable[..., str | None] | None = None) -> None:
        """Make ``step.before`` and ``step.after`` kill points around a function or method (``module:Class.name``).

        ``named`` gives a call's own step from its arguments, ``None`` for calls that are none.
        """
        module, _, path = where.partition(":")
        *parents, name = path.split(".")
        try:
            owner: Any = import_module(module)
            for parent in parents:
                owner = getattr(owner, parent)
            real = getattr(owner, name)
        except (ImportError, AttributeError):
            with self._unknown.open("a") as unknown:
                unknown.write(f"{step}\n")
            return
        setattr(
            owner,
            name,
            self._async(real, step, named) if inspect.iscoroutinefunction(real) else self._sync(real, step, named),
        )

    def _sync(self, real: Callable[..., Any], step: str, named: Callable[..., str | None] | None) -> Callable[..., Any]:
        @wraps(real)
        def call(*arguments: Any, **keywords: Any) -> Any:
            name = step if named is None else named(*arguments)
            self.pass_by(f"{name}.before")
            result = real(*arguments, **keywords)
            self.pass_by(f"{name}.after")
            return result

        return call

    def _async(
        self, real: Callable[..., Any], step: str, named: Callable[..., str | None] | None
    ) -> Callable[..., Any]:
        @wraps(real)
        async def call(*arguments: Any, **keywords: Any) -> Any:
            name = step if named is None else named(*arguments)
            self.pass_by(f"{name}.before")
            result = await real(*arguments, **keywords)
            self.pass_by(f"{name}.after")
            return result

        return call

    def _write(self, point: str, skip: int) -> None:
        new = self._order.with_suffix(".new")
        new.write_text(f"{point} {skip}")
        new.replace(self._order)


FORMAT_VARIABLE = "TESTS_IMAGE_FORMAT"
