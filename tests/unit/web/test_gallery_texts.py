"""The gallery's texts: complete in each language, and complete for what its scripts ask for."""

from __future__ import annotations

import re
from pathlib import Path

from photonic import web

FOLDER = Path(web.__file__).parent
ENTRY = re.compile(r'^  "(gallery\.[a-z_]+)": "((?:[^"\\]|\\.)+)",$', re.MULTILINE)


def catalogues() -> tuple[dict[str, str], dict[str, str]]:
    english, german = (FOLDER / "gallery" / "texts.js").read_text().split("export const DE")
    found = tuple(dict(ENTRY.findall(part)) for part in (english, german))
    assert [len(one) for one in found] == [english.count('":'), german.count('":')]
    return found[0], found[1]


def test_each_language_says_everything_with_the_same_facts() -> None:
    english, german = catalogues()
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", german[key])), key


def test_what_the_scripts_ask_for_is_there_and_nothing_else() -> None:
    sources = [path for path in (FOLDER / "gallery").glob("*.js") if path.name != "texts.js"]
    text = "".join(path.read_text() for path in (*sources, FOLDER / "gallery.html"))
    asked = set(re.findall(r'"(gallery\.[a-z_]+)"', text))
    english, _german = catalogues()
    assert asked <= english.keys()
    made = {key for key in english if key.startswith("gallery.fact_")} | {"gallery.delete", "gallery.restore"}
    assert english.keys() - asked == made
