"""The structure of the package in numbers: packages, their sizes, upward imports, circles, duplicate class names.

``python scripts/structure.py`` prints them; ``--check`` fails, with the places, where the name of a class is defined
twice. The import contracts of ``pyproject.toml`` hold the rest (``lint-imports``).
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "photonic"
LONG_FILE_LINES = 300


def module_of(path: Path) -> str:
    """The dotted name of a file below ``src``."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def classes_defined_twice(files: list[Path]) -> dict[str, list[str]]:
    """Names of classes, nested ones too, that are defined more than once; and where."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def upward_imports(graph: grimp.ImportGraph) -> list[str]:
    """Imports between the rooms of the service, and between the layers, against the order in ``pyproject.toml``."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    found: list[str] = []
    for contract in contracts:
        if contract["type"] != "layers":
            continue
        for container in contract.get("containers", [""]):
            prefix = f"{container}." if container else ""
            floor = {
                prefix + room: number
                for number, rooms in enumerate(contract["layers"])
                for room in rooms.replace("|", " ").split()
            }
            for importer in graph.modules:
                for imported in graph.find_modules_directly_imported_by(importer):
                    above = [number for room, number in floor.items() if f"{imported}.".startswith(f"{room}.")]
                    below = [number for room, number in floor.items() if f"{importer}.".startswith(f"{room}.")]
                    if above and below and above[0] < below[0]:
                        found.append(f"{importer} -> {imported}")
    return sorted(found)


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Groups of modules of which each reaches each other by imports (Tarjan's algorithm)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            if imported not in number:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], number[imported])
        if lowest[module] == number[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for module in sorted(graph.modules):
        if module not in number:
            visit(module)
    return groups


def report(files: list[Path]) -> list[str]:
    """One number per line, followed by the places to fix."""
    graph = grimp.build_graph("photonic", cache_dir=None)
    lines = {path: len(path.read_text().splitlines()) for path in files}
    folders: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in files:
        folders[path.parent].append(path)
    largest = max(folders, key=lambda folder: len(folders[folder]))
    heaviest = max(folders, key=lambda folder: sum(lines[path] for path in folders[folder]))
    service = PACKAGE / "service"
    upward, round_trips, twice = upward_imports(graph), circles(graph), classes_defined_twice(files)
    long_files = sorted((path for path in files if lines[path] > LONG_FILE_LINES), key=lambda path: -lines[path])

    def weight(folder: Path) -> str:
        held = folders[folder]
        return f"{module_of(folder / '__init__.py')}, {len(held)} files, {sum(lines[path] for path in held)} lines"

    return [
        f"files: {len(files)}, lines: {sum(lines.values())}",
        f"packages: {len(folders)}, of them in service: {sum(service in folder.parents for folder in folders)}",
        f"largest package by files: {weight(largest)}",
        f"largest package by lines: {weight(heaviest)}",
        f"files in service itself: {len(folders[service])}",
        f"upward imports: {len(upward)}",
        *(f"  {line}" for line in upward),
        f"circles: {len(round_trips)}",
        *(f"  {', '.join(group)}" for group in round_trips),
        f"names of classes defined twice: {len(twice)}",
        *(f"  {name}: {', '.join(where)}" for name, where in twice.items()),
        f"files of more than {LONG_FILE_LINES} lines: {len(long_files)}",
        *(f"  {lines[path]} {path.relative_to(ROOT)}" for path in long_files),
    ]


def main() -> int:
    """Print the report; with ``--check``, return 1 if a class name is defined twice."""
    files = sorted(PACKAGE.rglob("*.py"))
    if sys.argv[1:] == ["--check"]:
        twice = classes_defined_twice(files)
        for name, where in twice.items():
            print(f"class {name} is defined {len(where)} times: {', '.join(where)}", file=sys.stderr)
        return 1 if twice else 0
    print("\n".join(report(files)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
