"""The list of deliberate breaks, and how one is made."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

LIST = Path(__file__).with_name("breaks.toml")
_FIELDS = frozenset({"name", "about", "edits", "invariants", "tests", "reason"})
_EDIT_FIELDS = frozenset({"file", "old", "new"})


class BadList(Exception):
    """The list of breaks cannot be used; the message says which entry, and why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One text that is replaced.

    Args:
        file: Relative to the root of the sources.
        old: Stands in the file exactly once.
        new: Takes its place; empty: the text is deleted.
    """

    file: str
    old: str
    new: str

    def make(self, root: Path) -> None:
        """Make it in the sources at ``root``. Raises ``BadList`` if the old text is not there exactly once."""
        path = root / self.file
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise BadList(f"{self.file} cannot be read: {error.strerror}") from error
        if (count := text.count(self.old)) != 1:
            raise BadList(f"the old text stands {count} times in {self.file}, not once: {self.old.strip()!r}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Break:
    """One deliberate break.

    Args:
        name: Its own.
        about: What is wrong then, in a sentence.
        edits: Made together.
        invariants: Which it breaks; other findings do not count. A break makes another history of a seed, and that one
            may show what the unbroken sources have as well.
        tests: Arguments of pytest, if the simulation does not run this code or does not notice the break.
        reason: Why it is ``tests`` that find it, or why nothing does; ``None``: the simulation has to find it.
    """

    name: str
    about: str
    edits: tuple[Edit, ...]
    invariants: tuple[int, ...] = ()
    tests: tuple[str, ...] = ()
    reason: str | None = None

    def make(self, root: Path) -> None:
        """Make it in the sources at ``root``. Raises ``BadList``."""
        for edit in self.edits:
            try:
                edit.make(root)
            except BadList as error:
                raise BadList(f"break {self.name}: {error}") from error


def load(path: Path = LIST) -> tuple[Break, ...]:
    """All breaks of a list. Raises ``BadList``."""
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadList(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadList(f"{path.name}: {error}") from error
    if set(content) != {"breaks"} or not isinstance(content["breaks"], list):
        raise BadList(f"{path.name} has to have [[breaks]] and nothing else")
    found = tuple(map(_break, cast("list[dict[str, Any]]", content["breaks"])))
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadList(f"several breaks are called {', '.join(sorted(twice))}")
    return found


def _break(entry: dict[str, Any]) -> Break:
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise BadList(f"a break has no name: {entry}")
    _check_fields(name, entry, _FIELDS, {"name", "about", "edits"})
    for edit in entry["edits"]:
        _check_fields(name, edit, _EDIT_FIELDS, _EDIT_FIELDS)
        if edit["old"] in {"", edit["new"]}:
            raise BadList(f"break {name} changes nothing in {edit['file']}")
    invariants, tests, reason = tuple(entry.get("invariants", ())), tuple(entry.get("tests", ())), entry.get("reason")
    if bool(invariants) == bool(tests):
        raise BadList(f"break {name} has to name either the invariants that it breaks, or tests")
    if tests and not reason:
        raise BadList(f"break {name} names tests, and not the reason why the simulation does not find it")
    return Break(name, entry["about"], tuple(Edit(**edit) for edit in entry["edits"]), invariants, tests, reason)


def _check_fields(name: str, entry: dict[str, Any], known: frozenset[str], needed: set[str] | frozenset[str]) -> None:
    if unknown := set(entry) - known:
        raise BadList(f"break {name} has unknown fields: {', '.join(sorted(unknown))}")
    if missing := {field for field in needed if field not in entry or entry[field] == []}:
        raise BadList(f"break {name} lacks {', '.join(sorted(missing))}")
