"""The Markdown of the documents: tables are whole, links lead somewhere, anchors are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DIVIDER = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+$")
CELL = re.compile(r"(?<!\\)\|")
LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*(```|~~~)")


def prose(page: Path) -> list[str]:
    """The lines of a page; those of code blocks are empty."""
    lines: list[str] = []
    fenced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = FENCE.match(line) is not None
        lines.append("" if fenced or fence else line)
        fenced ^= fence
    assert not fenced, f"{page}: a code block has no end"
    return lines


def broken_rows(page: Path) -> list[str]:
    """Rows of tables that no reader shows as such: without a head, or with other columns than it."""
    broken: list[str] = []
    columns: int | None = None
    lines = prose(page)
    for number, line in enumerate(lines):
        if not line.startswith("|"):
            columns = None
            continue
        cells = len(CELL.findall(line))
        if columns is None:
            following = lines[number + 1] if number + 1 < len(lines) else ""
            if DIVIDER.fullmatch(following) is None:
                broken.append(f"{number + 1}: a row of no table: {line[:60]}")
                continue
            columns = cells
        if cells != columns:
            broken.append(f"{number + 1}: {cells - 1} cells, not {columns - 1}: {line[:60]}")
    return broken


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for line in prose(page):
        if line.startswith("#"):
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).casefold()
            name = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
            count = 0
            while (anchor := name if not count else f"{name}-{count}") in found:
                count += 1
            found.add(anchor)
    return found


def lost_links(page: Path) -> list[str]:
    lost: list[str] = []
    for line in prose(page):
        for inline, picture in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            target = inline or picture
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = (page.parent / path).resolve() if path else page
            if not place.exists() or (anchor and place.suffix == ".md" and anchor not in anchors(place)):
                lost.append(target)
    return lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_are_whole(page: Path) -> None:
    assert broken_rows(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert lost_links(page) == []


def test_the_list_of_decisions_is_whole() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^\| \[(\d{4})\]\((\d{4}-[\w-]+\.md)\) \|", (folder / "README.md").read_text(), re.MULTILINE)
    assert [name for _number, name in listed] == sorted(path.name for path in folder.glob("0*.md"))
    assert all(name.startswith(number) for number, name in listed)
