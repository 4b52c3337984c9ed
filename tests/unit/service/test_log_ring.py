from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.service.log_ring import KEPT, LONGEST_TEXT, LogRing, plain_text
from photonic.service.redaction import Redactor

if TYPE_CHECKING:
    import pytest


def record(text: str, *args: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("photonic.x", level, __file__, 1, text, args, None)


def test_the_newest_lines_are_kept_and_numbered() -> None:
    ring = LogRing()
    assert ring.page().model_dump() == {"lines": (), "newest": 0}
    for number in range(KEPT + 50):
        ring.handle(record("line %d", number))
    page = ring.page()
    assert (len(page.lines), page.newest) == (KEPT, KEPT + 50)
    assert [page.lines[0].number, page.lines[0].text, page.lines[-1].text] == [51, "line 50", f"line {KEPT + 49}"]
    assert [line.number for line in ring.page(KEPT + 48).lines] == [KEPT + 49, KEPT + 50]
    assert ring.page(KEPT + 50).lines == ()


def test_a_line_has_its_time_level_and_logger() -> None:
    ring = LogRing()
    ring.handle(record("gone", level=logging.WARNING))
    line = ring.page().lines[0]
    assert (line.level, line.logger, line.text) == ("warning", "photonic.x", "gone")
    assert abs((datetime.now(UTC) - line.at).total_seconds()) < 60


def test_no_secret_is_kept_and_no_line_is_endless() -> None:
    ring = LogRing(Redactor(["the-secret-of-this-test"]))
    ring.handle(record("said the-secret-of-this-test, and ?token=abcdef"))
    ring.handle(record("x" * 10 * LONGEST_TEXT))
    told = "".join(line.text for line in ring.page().lines)
    assert "the-secret" not in told
    assert "abcdef" not in told
    assert len(told) < LONGEST_TEXT + 200


def test_a_line_that_cannot_be_made_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ring = LogRing()
    ring.handle(record("%d", "no number"))
    assert ring.page().newest == 0
    assert "Logging error" in capsys.readouterr().err


def test_the_text_has_what_was_told_with_it() -> None:
    event = {"event": "closed", "code": 1000, "level": "info", "timestamp": "t", "exception": "Traceback\nX", "_x": 1}
    assert plain_text(None, "info", event) == "closed code=1000\nTraceback\nX"
