from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.service.support.log_ring import KEPT, LONGEST_TEXT, LogRing, plain_text
from photonic.service.support.redaction import Redactor

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
    reported = "".join(line.text for line in ring.page().lines)
    assert "the-secret" not in reported
    assert "abcdef" not in reported
    assert len(reported) < LONGEST_TEXT + 200


def test_a_line_that_cannot_be_made_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ring = LogRing()
    ring.handle(record("%d", "no number"))
    assert ring.page().newest == 0
    assert "Logging error" in capsys.readouterr().err


def test_the_text_has_what_was_told_with_it() -> None:
    event = {"event": "closed", "code": 1000, "level": "info", "timestamp": "t", "exception": "Traceback\nX", "_x": 1}
    assert plain_text(None, "info", event) == "closed code=1000\nTraceback\nX"


def line_from(name: str, text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, text, (), None)


def test_what_is_logged_again_is_counted_and_pushes_nothing_out() -> None:
    ring = LogRing()
    ring.handle(line_from("photonic.camera", "the camera was unplugged", logging.WARNING))
    for _ in range(1000):
        ring.handle(line_from("uvicorn.error", "Invalid HTTP request received.", logging.WARNING))
    first, second = ring.page().lines
    assert (first.text, first.count, first.first_at) == ("the camera was unplugged", 1, None)
    assert (second.text, second.count, second.number) == ("Invalid HTTP request received.", 1000, 1001)
    assert second.first_at is not None
    assert second.first_at <= second.at
    # Who has seen it before is told that it came again.
    assert [line.count for line in ring.page(1000).lines] == [1000]


def test_a_source_that_says_much_gives_way_to_others() -> None:
    ring = LogRing()
    for number in range(40):
        ring.handle(line_from("photonic.camera", f"worth knowing {number}", logging.WARNING))
    for number in range(5000):
        ring.handle(line_from("photonic.wire", f"a stranger said {number}", logging.WARNING))
    lines = ring.page().lines
    assert len(lines) == KEPT
    assert sum(line.logger == "photonic.camera" for line in lines) == 40
    assert lines[-1].text == "a stranger said 4999"
    assert [line.number for line in lines] == sorted(line.number for line in lines)


def test_strangers_cannot_take_the_ring_by_levels_or_by_names() -> None:
    ring = LogRing()
    for number in range(2 * KEPT):
        ring.handle(line_from(f"logger-{number}", "x"))
    assert len(ring.page().lines) == KEPT
    ring.handle(line_from("photonic.camera", "new"))
    assert ring.page().lines[-1].text == "new"
