from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.model.health import LogLine, LogPage
from photonic.service.support.bundle import log_text, packed, versions
from photonic.service.support.redaction import HIDDEN, Redactor

if TYPE_CHECKING:
    from pydantic import JsonValue

MADE_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_documents_become_files_without_secrets() -> None:
    documents: dict[str, JsonValue | str] = {
        "log.txt": "the secret-of-this-test\n",
        "a/status.json": {"token": "x", "text": "Grüße"},
    }
    with zipfile.ZipFile(io.BytesIO(packed(documents, Redactor(["secret-of-this-test"]), MADE_AT))) as archive:
        assert archive.testzip() is None
        folder = "photonic-diagnosis-20260304-050607"
        assert archive.namelist() == [f"{folder}/{name}" for name in ("README.txt", "log.txt", "a/status.json")]
        assert archive.read(f"{folder}/log.txt").decode() == f"the {HIDDEN}\n"
        assert json.loads(archive.read(f"{folder}/a/status.json")) == {"token": HIDDEN, "text": "Grüße"}


def test_log_lines_are_lines() -> None:
    page = LogPage(lines=(LogLine(number=1, at=MADE_AT, level="info", logger="photonic.x", text="hello"),), newest=1)
    assert log_text(page) == "2026-03-04T05:06:07+00:00 info     photonic.x: hello\n"


def test_versions_are_those_of_what_photonic_needs() -> None:
    reported = versions()
    assert reported.packages["fastapi"]
    assert "pytest" not in reported.packages
    assert reported.python.startswith("3.")
