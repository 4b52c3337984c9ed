from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from photonic.service.config.fields import LogFormat
from photonic.service.support.log_ring import LogRing
from photonic.service.support.logs import set_up_logging
from photonic.service.support.redaction import Redactor

pytestmark = pytest.mark.usefixtures("logging_is_put_back")


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
    reported = [json.loads(line) for line in lines(LogFormat.JSON, "info")]
    assert [line["event"] for line in reported] == ["live socket closed", "camera gone", "request failed"]
    assert (reported[0]["code"], reported[0]["level"], reported[0]["logger"]) == (1000, "info", "photonic.x")
    assert reported[1]["level"] == "warning"
    assert "ValueError: inside" in reported[2]["exception"]
    assert all("timestamp" in line for line in reported)


def test_the_console_form_is_for_people() -> None:
    text = "\n".join(lines(LogFormat.CONSOLE, "info"))
    assert "live socket closed" in text
    assert "camera gone" in text
    assert "signature" not in text


def test_the_level_holds_for_both() -> None:
    assert [json.loads(line)["event"] for line in lines(LogFormat.JSON, "error")] == ["request failed"]


def test_the_ring_gets_the_same_lines_without_secrets() -> None:
    ring = LogRing(Redactor(["the-secret-of-this-test"]))
    set_up_logging(LogFormat.JSON, "info", io.StringIO(), ring=ring)
    structlog.stdlib.get_logger("photonic.x").info("live socket closed", code=1000, reason="the-secret-of-this-test")
    logging.getLogger("photonic.y").warning("camera %s", "gone")
    logging.getLogger("photonic.y").debug("not shown")
    reported = [(line.level, line.logger, line.text) for line in ring.page().lines]
    assert reported == [
        ("info", "photonic.x", "live socket closed code=1000 reason='[hidden]'"),
        ("warning", "photonic.y", "camera gone"),
    ]
