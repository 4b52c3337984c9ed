"""Each module of the development folders can be imported: no other test loads all of them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("bench", "soak")
    for path in (ROOT / folder).rglob("*.py")
    if path.name not in {"__main__.py", "__init__.py"}
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_can_be_imported(module: str) -> None:
    assert importlib.import_module(module).__doc__
