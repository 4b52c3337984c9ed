from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from photonic.service.config import LogFormat
from photonic.service.logs import set_up_logging

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "websockets")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def lines(log_format: LogFormat, level: str) -> list[str]:
    stream = io.StringIO()
    set_up_logging(log_format, level, stream)
    structlog.stdlib.get_logger("photonic.x").info("live socket closed", code=1000)
    logging.getLogger("photonic.y").warning("camera %s", "gone")
    logging.getLogger("photonic.y").debug("not shown")
    logging.getLogger("uvicorn.access").info("GET /x?signature=abc")
    logging.getLogger("uvicorn.error").info('"WebSocket /x?signature=abc" [accepted]')
    try:
        raise ValueError("inside")
    except ValueError:
        structlog.stdlib.get_logger("photonic.x").exception("request failed")
    return stream.getvalue().splitlines()


def test_both_kinds_of_logger_become_json_lines() -> None:
    told = [json.loads(line) for line in lines(LogFormat.JSON, "info")]
    assert [line["event"] for line in told] == ["live socket closed", "camera gone", "request failed"]
    assert (told[0]["code"], told[0]["level"], told[0]["logger"]) == (1000, "info", "photonic.x")
    assert told[1]["level"] == "warning"
    assert "ValueError: inside" in told[2]["exception"]
    assert all("timestamp" in line for line in told)


def test_the_console_form_is_for_people() -> None:
    text = "\n".join(lines(LogFormat.CONSOLE, "info"))
    assert "live socket closed" in text
    assert "camera gone" in text
    assert "signature" not in text


def test_the_level_holds_for_both() -> None:
    assert [json.loads(line)["event"] for line in lines(LogFormat.JSON, "error")] == ["request failed"]
