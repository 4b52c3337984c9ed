"""The package's front door: every public name is there, and opening it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import photonic


def test_every_public_name_can_be_had() -> None:
    assert [name for name in photonic.__all__ if not hasattr(photonic, name)] == []
    assert sorted(photonic._HOMES) == photonic.__all__ == dir(photonic)


def test_importing_the_package_or_the_worker_does_not_load_the_client_stack() -> None:
    code = (
        "import sys, photonic, photonic.worker.messages\n"
        "print([m for m in ('httpx2', 'websockets', 'pydantic', 'photonic.client') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"
