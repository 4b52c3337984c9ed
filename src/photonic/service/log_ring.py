"""The newest lines of the log, in memory, for people who cannot reach the machine's journal."""

from __future__ import annotations

import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from photonic.model.health import LogLine, LogPage
from photonic.service.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import MutableMapping

KEPT = 200
LONGEST_TEXT = 4000
_BESIDE = frozenset({"event", "exception", "stack", "level", "logger", "timestamp"})


class LogRing(logging.Handler):
    """The last ``KEPT`` lines, without secrets. Written from any thread.

    Its formatter turns a record into the text that is kept; ``redactor`` takes the secrets out before.
    """

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redactor = redactor or Redactor()
        self._guard = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line; one that cannot be made into text is told of as the standard library does."""
        try:
            # Cut before, so that a huge line costs little, and after, so that no secret is cut in two at the end.
            text = self._redactor.text(self.format(record)[: 2 * LONGEST_TEXT])
        except Exception:  # noqa: BLE001 - a log line must never break what logs it
            self.handleError(record)
            return
        cut = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} [...]"
        at = datetime.fromtimestamp(record.created, UTC)
        with self._guard:
            self._count += 1
            self._lines.append(
                LogLine(number=self._count, at=at, level=record.levelname.lower(), logger=record.name, text=cut)
            )

    def page(self, after: int = 0) -> LogPage:
        """The lines with a higher number than ``after``, oldest first."""
        with self._guard:
            lines, newest = tuple(self._lines), self._count
        return LogPage(lines=tuple(line for line in lines if line.number > after), newest=newest)


def plain_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """structlog: the event, what was told with it, and the traceback, without time and level, which stand beside."""
    beside = (f" {key}={value!r}" for key, value in event.items() if key not in _BESIDE and not key.startswith("_"))
    below = (f"\n{event[key]}" for key in ("stack", "exception") if event.get(key))
    return "".join((str(event.get("event", "")), *beside, *below))
