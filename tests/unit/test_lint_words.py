"""The lint of phrases: what it reads, and what it leaves alone."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "lint_words"


@pytest.fixture(scope="module")
def lint() -> ModuleType:
    loader = SourceFileLoader("lint_words", str(SCRIPT))
    spec = importlib.util.spec_from_loader("lint_words", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    loader.exec_module(module)
    return module


def found(lint: ModuleType, folder: Path, text: str, name: str = "x.py") -> list[tuple[int, str]]:
    (folder / name).write_text(text)
    phrases = lint.read_phrases(lint.PHRASES)
    return [(line, phrase) for line, phrase, _better in lint.findings(folder / name, name, phrases)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"""The port cannot be had."""', 1),
        ("x = 1  # hangs for ever", 1),
        ("x = 1\n# it hangs for\n# ever\n", 2),
        ('raise ValueError(\n    "the port cannot be "\n    f"had: {x}"\n)', 2),
    ],
)
def test_a_phrase_is_found_in_comments_and_literals(lint: ModuleType, tmp_path: Path, text: str, line: int) -> None:
    assert [number for number, _phrase in found(lint, tmp_path, text)] == [line]


@pytest.mark.parametrize(
    "text",
    ['OUTCOME = "in vain"', "if x is None or for_ever: owed = station", '"""If there is none, it waits."""'],
)
def test_values_on_the_wire_names_and_good_english_are_left_alone(lint: ModuleType, tmp_path: Path, text: str) -> None:
    assert found(lint, tmp_path, text) == []


def test_documents_and_pages_are_read_as_a_whole(lint: ModuleType, tmp_path: Path) -> None:
    assert found(lint, tmp_path, "Photos are told\nof from an outbox.\n", "x.md") == [(1, "told of")]


def test_every_phrase_has_a_better_wording(lint: ModuleType) -> None:
    assert all(phrase.better for phrase in lint.read_phrases(lint.PHRASES))


def test_exempt_files_are_not_read_even_if_they_are_given(lint: ModuleType) -> None:
    exempt = ["docs/decisions", "src/photonic/web/vendor", "CHANGELOG.md", "tests/unit/test_lint_words.py"]
    assert lint.files_read([str(lint.ROOT / path) for path in [*exempt, "SECURITY.md"]]) == ["SECURITY.md"]
    assert {".github/workflows/test.yml", "src/photonic/service/http/asyncapi.json"} < set(lint.files_read([]))
