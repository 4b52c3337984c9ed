"""The newest log lines, in memory, for users without access to the machine's own log."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from photonic.model.health import LogLine, LogPage
from photonic.service.support.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import MutableMapping

KEPT = 200
LONGEST_TEXT = 4000
_OMITTED = frozenset({"event", "exception", "stack", "level", "logger", "timestamp"})


class LogRing(logging.Handler):
    """Keeps the newest lines, at most ``KEPT``, without secrets. Thread-safe.

    A flood of equal or similar lines does not push out the others: a repeated line is counted instead of stored again,
    and when the ring is full, the source (level and logger) with the most lines loses its oldest.

    The formatter turns a record into text; ``redactor`` removes the secrets from it.
    """

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redactor = redactor or Redactor()
        self._guard = threading.Lock()
        self._sources: dict[tuple[str, str], OrderedDict[str, LogLine]] = {}
        self._kept = 0
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line; a line that cannot be formatted is reported as in the standard library."""
        try:
            # Cut before redaction, so that a huge line costs little, and after it, so that no secret is cut in two.
            text = self._redactor.text(self.format(record)[: 2 * LONGEST_TEXT])
        except Exception:  # noqa: BLE001 - a log line must never break what logs it
            self.handleError(record)
            return
        cut = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} [...]"
        with self._guard:
            self._keep(datetime.fromtimestamp(record.created, UTC), record.levelname.lower(), record.name, cut)

    def _keep(self, at: datetime, level: str, logger: str, text: str) -> None:
        source = self._sources.setdefault((level, logger), OrderedDict())
        before = source.pop(text, None)
        self._count += 1
        source[text] = LogLine(
            number=self._count,
            at=at,
            level=level,
            logger=logger,
            text=text,
            count=before.count + 1 if before is not None else 1,
            first_at=(before.first_at or before.at) if before is not None else None,
        )
        self._kept += before is None
        if self._kept > KEPT:
            key, fullest = max(self._sources.items(), key=lambda named: len(named[1]))
            fullest.popitem(last=False)
            self._kept -= 1
            if not fullest:
                del self._sources[key]

    def page(self, after: int = 0) -> LogPage:
        """The lines with a higher number than ``after``, oldest first."""
        with self._guard:
            lines = [line for source in self._sources.values() for line in source.values() if line.number > after]
            newest = self._count
        return LogPage(lines=tuple(sorted(lines, key=attrgetter("number"))), newest=newest)


def plain_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """structlog: the event, its values and the traceback, without time and level, which are fields of ``LogLine``."""
    values = (f" {key}={value!r}" for key, value in event.items() if key not in _OMITTED and not key.startswith("_"))
    traces = (f"\n{event[key]}" for key in ("stack", "exception") if event.get(key))
    return "".join((str(event.get("event", "")), *values, *traces))
