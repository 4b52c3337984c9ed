"""What a page weighs, and that all of its modules are asked for at once."""

from __future__ import annotations

import re
from pathlib import Path

from photonic import web

FOLDER = Path(web.__file__).parent
LARGEST_BYTES = 250_000
IMPORTED = re.compile(r'(?:from|import)\s*"(\.[^"]+)"')
STYLES = re.compile(r'<link rel="stylesheet" href="/static/([^"]+)">')
PRELOADED = re.compile(r'<link rel="modulepreload" href="/static/([^"]+)">')


def modules_of(script: Path) -> set[Path]:
    """The script and all that it imports."""
    found, left = set[Path](), [script]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += [(module.parent / name).resolve() for name in IMPORTED.findall(module.read_text())]
    return found


def test_every_module_of_the_front_page_is_preloaded() -> None:
    """One wave of requests, not one for each level of imports."""
    needed = modules_of(FOLDER / "page.js") - {FOLDER / "page.js"}
    preloaded = PRELOADED.findall((FOLDER / "index.html").read_text())
    assert sorted(preloaded) == sorted(str(module.relative_to(FOLDER)) for module in needed)


def test_the_front_page_is_light() -> None:
    page = (FOLDER / "index.html").read_text()
    sheets = {FOLDER / name for name in STYLES.findall(page)}
    scripts = modules_of(FOLDER / "page.js") | modules_of(FOLDER / "picture" / "worker.js")
    assert sum(file.stat().st_size for file in {FOLDER / "index.html", *sheets, *scripts}) < LARGEST_BYTES
