"""What a page weighs, and that all of its modules are asked for at once."""

from __future__ import annotations

import re
from pathlib import Path

from photonic import web

FOLDER = Path(web.__file__).parent
LARGEST_BYTES = 250_000
IMPORTED_LATER = re.compile(r'import\("(\.[^"]+)"\)')
IMPORTED = re.compile(r'(?:from|import)\s*"(\.[^"]+)"')
STYLES = re.compile(r'<link rel="stylesheet" href="static/([^"]+)">')
PRELOADED = re.compile(r'<link rel="modulepreload" href="static/([^"]+)">')


def modules_of(*scripts: Path, later: bool = False) -> set[Path]:
    """The scripts and all that they import; ``later``: also what they fetch when they run."""
    found, left = set[Path](), list(scripts)
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            text = module.read_text()
            names = IMPORTED.findall(text) + (IMPORTED_LATER.findall(text) if later else [])
            left += [(module.parent / name).resolve() for name in names]
    return found


def test_every_module_that_the_first_picture_needs_is_preloaded_and_no_other() -> None:
    """One wave of requests, not one for each level of imports, and nothing in it that can wait."""
    needed = modules_of(FOLDER / "page.js") - {FOLDER / "page.js"}
    preloaded = PRELOADED.findall((FOLDER / "index.html").read_text())
    assert sorted(preloaded) == sorted(str(module.relative_to(FOLDER)) for module in needed)


def test_the_front_page_is_light() -> None:
    page = (FOLDER / "index.html").read_text()
    sheets = {FOLDER / name for name in STYLES.findall(page)}
    scripts = modules_of(FOLDER / "page.js", FOLDER / "picture" / "worker.js", later=True)
    assert FOLDER / "capture" / "bar.js" in scripts
    assert sum(file.stat().st_size for file in {FOLDER / "index.html", *sheets, *scripts}) < LARGEST_BYTES
