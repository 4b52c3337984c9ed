"""CONTRIBUTING.md against the repository: what its table of changes names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## Where a change goes")[2].partition("\n## ")[0]
TABLE = re.findall(r"^\| (?!---|Change ).*\|$", SECTION, re.MULTILINE)
PATH = re.compile(r"`((?:src|tests|docs|scripts)/[^`\s]+)`")
TARGET = re.compile(r"`make ([\w-]+)`")


def test_each_path_in_the_table_of_changes_exists() -> None:
    named = [(row.split(" | ")[0].strip("| "), path) for row in TABLE for path in PATH.findall(row)]
    assert len(TABLE) > 8
    assert len(named) > 30
    # A pattern such as `kinds/<kind>.py` stands for every file that has its form.
    missing = [(row, path) for row, path in named if not any(ROOT.glob(re.sub(r"<\w+>", "*", path).rstrip("/")))]
    assert missing == []


def test_each_make_target_in_the_table_of_changes_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {target for row in TABLE for target in TARGET.findall(row)}
    assert targets
    assert {target for target in targets if re.search(rf"^{target}:", makefile, re.MULTILINE) is None} == set()
