"""The catalogues of the pages' texts: complete in every language, and complete for what the scripts ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from photonic import web

FOLDER = Path(web.__file__).parent
ENTRY = re.compile(r'^  "([a-z_]+\.[a-z_0-9]+)":\s+"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
ASKED = re.compile(r'\bsay\(\s*"([a-z_]+\.[a-z_0-9]+)"')


def capture_index(language: str) -> dict[str, str]:
    text = (FOLDER / "words" / f"{language}.js").read_text()
    found: list[tuple[str, str]] = ENTRY.findall(text)
    assert len(found) == len(dict(found)) == text.count('":'), "a key twice, or a line that is none"
    return dict(found)


@pytest.mark.parametrize("language", ["de"])
def test_each_language_says_everything_with_the_same_facts(language: str) -> None:
    english, other = capture_index("en"), capture_index(language)
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", other[key])), key
        assert text.strip()
        assert other[key].strip()


def test_whatever_the_scripts_ask_for_is_there() -> None:
    asked = {key for script in FOLDER.rglob("*.js") for key in ASKED.findall(script.read_text())}
    assert len(asked) > 30
    assert asked <= capture_index("en").keys()
