"""What child processes are told, what hooks are told, and what this process shows of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from photonic.machine.environment import forget, of_child, of_hook
from photonic.service.config.sources import variables

SHOW = """
import os, sys
from photonic.machine.environment import forget
forget(["PHOTONIC_TOKEN", "PHOTONIC_OPERATOR_PIN", "PHOTONIC_PORT"])
assert "PHOTONIC_TOKEN" not in os.environ
sys.stdout.buffer.write(open("/proc/self/environ", "rb").read())
"""


def test_a_child_receives_no_setting_of_the_service() -> None:
    everything = dict.fromkeys(variables(), "secret")
    assert of_child(everything) == {}
    assert of_hook(everything) == {}


@given(st.dictionaries(st.from_regex(r"PHOTONIC_[A-Z_]{1,20}|[A-Z_]{1,20}", fullmatch=True), st.text(max_size=5)))
def test_a_child_receives_only_what_is_listed_and_a_hook_only_what_is_not_ours(parent: dict[str, str]) -> None:
    for received in (of_child(parent), of_hook(parent)):
        assert received.items() <= parent.items()
    assert not [name for name in of_child(parent) if name.endswith(("TOKEN", "PIN", "SECRET", "PASSWORD"))]
    assert all(name.startswith("PHOTONIC_SIMULATOR") for name in of_child(parent) if name.startswith("PHOTONIC_"))
    assert not [name for name in of_hook(parent) if name.startswith("PHOTONIC_")]


def test_what_the_loader_the_library_and_simulated_devices_need_passes() -> None:
    names = ("PATH", "HOME", "LANG", "LC_ALL", "XDG_RUNTIME_DIR", "IOLIBS", "CAMLIBS", "LD_PRELOAD", "TZ", "PYTHONPATH")
    needed: dict[str, str] = dict.fromkeys((*names, "UMOCKDEV_DIR", "PHOTONIC_SIMULATOR_SEED"), "x")
    assert of_child(needed) == needed


def test_a_hook_keeps_the_operators_variables_but_cannot_speak_to_the_service_manager() -> None:
    parent = {"RCLONE_CONFIG": "/x", "PATH": "/bin", "NOTIFY_SOCKET": "/run/x", "CREDENTIALS_DIRECTORY": "/run/y"}
    assert of_hook(parent) == {"RCLONE_CONFIG": "/x", "PATH": "/bin"}


def test_what_is_forgotten_is_gone_from_the_kernels_view_too() -> None:
    secrets = {"PHOTONIC_TOKEN": "planted-token-0123456789", "PHOTONIC_OPERATOR_PIN": "83141592"}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], env={**os.environ, **secrets, "OTHER": "stays"}, capture_output=True, check=True
    ).stdout
    assert b"OTHER=stays" in shown
    assert [secret for secret in secrets.values() if secret.encode() in shown] == []


def test_forgetting_in_another_mapping_leaves_this_process_alone() -> None:
    before = Path("/proc/self/environ").read_bytes()
    environment = {"PATH": "/other", "A": "b"}
    forget(["PATH", "MISSING"], environment)
    assert environment == {"A": "b"}
    assert Path("/proc/self/environ").read_bytes() == before
