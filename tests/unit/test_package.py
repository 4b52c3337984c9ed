"""The package's front door: every public name exists, and importing it is cheap."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

import photonic
from photonic.version import __version__

ROOT = Path(__file__).parents[2]


def test_every_public_name_can_be_imported() -> None:
    assert [name for name in photonic.__all__ if not hasattr(photonic, name)] == []
    assert sorted(photonic._HOMES) == photonic.__all__ == dir(photonic)


def test_importing_the_package_or_the_worker_does_not_load_the_client_stack() -> None:
    code = (
        "import sys, photonic, photonic.worker.link.messages\n"
        "print([m for m in ('httpx2', 'websockets', 'pydantic', 'photonic.client') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"


def test_the_wheel_has_its_types_its_pages_and_nothing_that_is_not_the_package(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "Typing :: Typed" in project["classifiers"]
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path))
    names = zipfile.ZipFile(wheel).namelist()
    # PEP 561: without it, type checkers ignore the annotations of the package.
    assert "photonic/py.typed" in names
    assert {"photonic/web/index.html", "photonic/web/i18n/de.js", "photonic/cli/__main__.py"} <= set(names)
    assert {name.partition("/")[0] for name in names} == {"photonic", f"photonic_camera-{__version__}.dist-info"}
