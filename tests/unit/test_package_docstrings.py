"""Each package's docstring ends with a list of what it imports; the list must match the imports."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import grimp
import pytest

import photonic

ROOT = "photonic"
SOURCE = Path(photonic.__file__).parents[1]
PACKAGES = {".".join(path.parent.relative_to(SOURCE).parts) for path in (SOURCE / ROOT).rglob("__init__.py")}


@cache
def _graph() -> grimp.ImportGraph:
    # Without a cache folder, which would be written into the working directory.
    return grimp.build_graph(ROOT, cache_dir=None)


def _part(module: str) -> str:
    """The package that holds a module; the module itself if that package also holds packages."""
    holder = module if module in PACKAGES else module.rpartition(".")[0]
    return module if any(package.startswith(f"{holder}.") for package in PACKAGES) else holder


def _short(part: str, package: str) -> str:
    """The name beside ``package`` if the part is there, otherwise below ``photonic``."""
    return part.removeprefix(f"{package.rpartition('.')[0]}.").removeprefix(f"{ROOT}.")


def _imported(package: str) -> list[str]:
    graph = _graph()
    own = {package} | graph.find_descendants(package)
    modules = {module for one in own for module in graph.find_modules_directly_imported_by(one)} - own
    return sorted({_short(_part(module), package) for module in modules})


def _documented(package: str) -> list[str] | None:
    docstring = ast.get_docstring(ast.parse((SOURCE / package.replace(".", "/") / "__init__.py").read_text())) or ""
    last = docstring.rpartition("\n\n")[2]
    found = re.fullmatch(r"Imports: (.+)\.", " ".join(last.split()))
    if found is None:
        return None
    return [] if found[1] == "nothing" else found[1].split(", ")


@pytest.mark.parametrize("package", sorted(PACKAGES - {ROOT}))
def test_a_package_documents_its_imports(package: str) -> None:
    assert _documented(package) == _imported(package)
