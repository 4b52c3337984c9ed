"""The service's log: one line for each event, as text or JSON, from structlog and the standard library."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TextIO

import structlog

from photonic.service.config.fields import LogFormat
from photonic.service.support.log_ring import plain_text

if TYPE_CHECKING:
    from structlog.typing import Processor

    from photonic.service.support.log_ring import LogRing

# Their lines contain full request targets, which may contain secrets.
_QUIET = ("uvicorn", "uvicorn.error", "uvicorn.access", "websockets")


def set_up_logging(
    log_format: LogFormat, level: str, stream: TextIO | None = None, *, ring: LogRing | None = None
) -> None:
    """Set up the log of this process; the command line calls this once.

    There is no access log: requests for frames and status would drown out everything else.

    Args:
        log_format: Text for people, or JSON.
        level: The lowest level that is logged.
        stream: Where the lines are written; ``None``: standard error.
        ring: Keeps the newest lines; ``None``: no lines are kept.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=log_format is LogFormat.JSON),
        structlog.processors.StackInfoRenderer(),
    ]
    target = stream if stream is not None else sys.stderr
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format is LogFormat.JSON
        # Plain tracebacks: rich ones print local variables, which may hold a token.
        else [structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )

    def formatter(*last: Processor) -> logging.Formatter:
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )

    handler = logging.StreamHandler(target)
    handler.setFormatter(formatter(*last))
    handlers: list[logging.Handler] = [handler]
    if ring is not None:
        ring.setFormatter(formatter(structlog.processors.format_exc_info, plain_text))
        handlers.append(ring)
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
