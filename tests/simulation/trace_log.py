"""The log of the service as part of a history: each line is noted, and printed nowhere."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NoReturn, Self

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from tests.simulation.trace import Trace

LOGGERS = ("photonic", "asyncio", "uvicorn.error")


class TraceLog(logging.Handler):
    """Notes each line of the service's log while its context lasts. Nothing else sees them meanwhile.

    ``muted``: what is logged now is said by the dead, while their coroutines are closed.
    """

    def __init__(self, trace: Trace) -> None:
        super().__init__(logging.INFO)
        self._trace = trace
        self.muted = False
        self._structlog: dict[str, Any] = {}
        self._before: list[tuple[logging.Logger, int, bool, list[logging.Handler]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """See ``logging``."""
        if self.muted:
            return
        text = record.getMessage()
        if record.exc_info is not None and record.exc_info[1] is not None:
            text += f" <- {record.exc_info[1]!r} at {_place(record.exc_info[1])}"
        self._trace.note("log", f"{record.levelname} {record.name}: {text}")

    def __enter__(self) -> Self:
        """Replace the handlers."""
        for name in LOGGERS:
            logger = logging.getLogger(name)
            self._before.append((logger, logger.level, logger.propagate, logger.handlers))
            logger.handlers, logger.propagate = [self], False
            logger.setLevel(logging.INFO)
        self._structlog = structlog.get_config()
        structlog.configure(processors=[self._structured])
        return self

    def __exit__(self, *_: object) -> None:
        """Put them back."""
        for logger, level, propagate, handlers in self._before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
        structlog.configure(**self._structlog)

    def _structured(self, _logger: object, level: str, event: MutableMapping[str, Any]) -> NoReturn:
        """A line of ``structlog``."""
        if not self.muted:
            facts = " ".join(f"{name}={value!r}" for name, value in sorted(event.items()))
            self._trace.note("log", f"{level} {facts}")
        raise structlog.DropEvent


def _place(error: BaseException) -> str:
    """Where an error was raised."""
    trace = error.__traceback__
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-6:])
