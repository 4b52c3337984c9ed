"""Docstrings name only what exists: ``Class.member`` references, and the parameters under ``Args:``."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import photonic

SOURCE = Path(photonic.__file__).parent
MODULES = {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")}
REFERENCE = re.compile(r"``([A-Z]\w*)\.([a-z_]\w*)(?:\(\))?``")
ENTRY = re.compile(r"^\*{0,2}(\w+): ")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _classes() -> dict[str, list[ast.ClassDef]]:
    found: dict[str, list[ast.ClassDef]] = {}
    for tree in MODULES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(node)
    return found


CLASSES = _classes()


def _own_members(node: ast.ClassDef) -> set[str]:
    members: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                members.add(part.name)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                members.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                members.add(name)
            case _:
                pass
    return members


def _members(node: ast.ClassDef) -> set[str] | None:
    """The members of a class with its bases; ``None``: a base is not ours, so that anything may exist."""
    members = _own_members(node)
    for base in node.bases:
        name = base.id if isinstance(base, ast.Name) else None
        if name in {"Protocol", "Enum", "StrEnum", "NamedTuple", "Message"}:
            continue
        if name is None or name not in CLASSES:
            return None
        inherited = [_members(found) for found in CLASSES[name]]
        for more in inherited:
            if more is None:
                return None
            members |= more
    return members


def _exists(owner: str, member: str) -> bool:
    if owner not in CLASSES:
        return True  # another library's
    known = [_members(node) for node in CLASSES[owner]]
    return any(members is None or member in members for members in known)


def _args_entries(docstring: str) -> list[str]:
    lines = docstring.splitlines()
    if "Args:" not in [line.strip() for line in lines]:
        return []
    start = next(number for number, line in enumerate(lines) if line.strip() == "Args:")
    indent = len(lines[start]) - len(lines[start].lstrip())
    entries: list[str] = []
    for line in lines[start + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        if len(line) - len(line.lstrip()) == indent + 4 and (entry := ENTRY.match(line.strip())):
            entries.append(entry[1])
    return entries


def _parameters(node: Function | ast.ClassDef) -> set[str]:
    if isinstance(node, ast.ClassDef):
        init = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
        fields = {
            part.target.id
            for part in node.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        }
        return fields.union(*map(_parameters, init))
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument is not None}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_docstring_names_only_what_exists(module: str) -> None:
    wrong: list[str] = []
    for node in ast.walk(MODULES[module]):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        docstring = ast.get_docstring(node) or ""
        wrong += [f"{owner}.{member}" for owner, member in REFERENCE.findall(docstring) if not _exists(owner, member)]
        if not isinstance(node, ast.Module):
            known = _parameters(node)
            wrong += [f"{node.name}({entry})" for entry in _args_entries(docstring) if entry not in known]
    assert wrong == []
