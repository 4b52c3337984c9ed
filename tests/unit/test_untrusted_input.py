"""The reference's table of readers against the code: each test, counter and constant that it names is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from tests.support.asking import app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic.service.base.unexpected import Where
from photonic.service.http.routes.health import figures

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reference" / "untrusted-input.md").read_text()
NAMED = re.findall(r"`([^`\n]+)`", TEXT)
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("| ") and "---" not in line]
DECODES_ITS_OWN = {"service/media/decoding.py", "simulator/pixels.py"}
"""Where pictures are decoded: those from outside, and those of the simulated camera by what tests it."""


def test_each_test_that_is_named_exists() -> None:
    tests = [name for name in NAMED if name.startswith("tests/")]
    assert len(tests) > 30
    for name in tests:
        file, _, function = name.partition("::")
        assert not function or f"def {function}(" in (ROOT / file).read_text(), name
        assert (ROOT / file).is_file(), name


async def test_each_counter_that_is_named_is_in_the_metrics_and_each_place_is_in_the_table() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        metrics = figures([controller], app_context_behind(client))
    for name in NAMED:
        if name.startswith("photonic_"):
            assert f"# TYPE {name} " in metrics, name
    assert set(re.findall(r'where="(\w+)"', TEXT)) == set(Where)


def test_each_constant_that_is_named_is_the_codes() -> None:
    constants = [name for name in NAMED if name.startswith("photonic.")]
    assert len(constants) > 25
    for name in constants:
        module, _, constant = name.rpartition(".")
        assert getattr(importlib.import_module(module), constant) > 0, name


def test_each_reader_has_a_bound_a_test_and_a_counter() -> None:
    assert len(ROWS) > 20
    for row in ROWS:
        assert len(row) == 4, row
        assert all(row), row


def test_pictures_are_decoded_in_one_place() -> None:
    source = ROOT / "src" / "photonic"
    found = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if re.search(r"Image\.open\(|JpegImageFile\(|getexif\(", path.read_text())
    }
    assert found <= DECODES_ITS_OWN
