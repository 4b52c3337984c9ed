"""The catalogues of the pages' texts: complete in every language, and complete for what the scripts ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from photonic import web

FOLDER = Path(web.__file__).parent
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "http-api.md"
ENTRY = re.compile(r'^  "([a-z_]+\.[a-z_0-9]+)":\s+"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
REQUESTED = re.compile(r'\bt\(\s*"([a-z_]+\.[a-z_0-9]+)"')
IN_MARKUP = re.compile(r'data-i18n="([^"]+)"')


def catalogue(language: str) -> dict[str, str]:
    text = (FOLDER / "i18n" / f"{language}.js").read_text()
    found: list[tuple[str, str]] = ENTRY.findall(text)
    assert len(found) == len(dict(found)) == text.count('":'), "a duplicate key, or a malformed line"
    return dict(found)


@pytest.mark.parametrize("language", ["de"])
def test_each_language_has_every_text_with_the_same_values(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", other[key])), key
        assert text.strip()
        assert other[key].strip()


def test_every_text_that_the_scripts_request_exists() -> None:
    requested = {key for script in FOLDER.rglob("*.js") for key in REQUESTED.findall(script.read_text())}
    assert len(requested) > 30
    assert requested <= catalogue("en").keys()


def test_every_text_that_the_markup_requests_exists() -> None:
    requested = {key for page in FOLDER.glob("*.html") for key in IN_MARKUP.findall(page.read_text())}
    assert len(requested) > 10
    assert requested <= catalogue("en").keys()


def test_every_error_has_a_text_that_says_what_to_do_next() -> None:
    """Those that the service answers with are in the reference; "lost" and the like are the page's own."""
    errors = {
        key.removesuffix("_next") for key in catalogue("en") if key.startswith("failure.") and key.endswith("_next")
    }
    documented = re.findall(r"^\| (`[a-z_`, ]+`) \| [4-5][0-9]{2}\b", REFERENCE.read_text(), re.MULTILINE)
    answered = {f"failure.{code}" for row in documented for code in re.findall("`([a-z_]+)`", row)}
    assert len(answered) > 15
    # Their detail says more than a text for all of them could.
    assert answered - catalogue("en").keys() == {
        f"failure.{code}" for code in ("bad_input", "guest_limit", "photo_unreadable")
    }
    assert errors <= catalogue("en").keys()


def test_reasons_of_the_status_use_only_the_detail() -> None:
    """The service says what exactly failed in one value; a reason without it falls back to the service's own text."""
    reasons = {key: text for key, text in catalogue("en").items() if key.startswith("reason.")}
    assert len(reasons) >= 20
    assert {found for text in reasons.values() for found in re.findall(r"\{(\w+)\}", text)} == {"detail"}
