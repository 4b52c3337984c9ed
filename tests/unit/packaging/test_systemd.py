"""The systemd units: what protects the machine is in them, and what would break cameras is not."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from tests.support.absent import absent

from photonic.service.config.fields import MACHINE_CONFIG
from photonic.service.config.settings import ENVIRONMENT_PREFIX, ServiceSettings

ROOT = Path(__file__).resolve().parents[3]
UNITS = ROOT / "packaging" / "systemd"


def read(name: str) -> dict[str, dict[str, list[str]]]:
    """Sections, keys and values of a unit (systemd.syntax(7)); a key may come several times."""
    sections: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    section = ""
    for line in (UNITS / name).read_text(encoding="ascii").splitlines():
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        if text.startswith("["):
            section = text.strip("[]")
            continue
        key, equals, value = text.partition("=")
        assert equals, text
        sections[section][key].append(value)
    return sections


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("NoNewPrivileges", ["yes"]),
        ("ProtectSystem", ["strict"]),
        ("ProtectHome", ["read-only"]),
        ("DevicePolicy", ["closed"]),
        ("DeviceAllow", ["char-usb_device rw", "char-video4linux rw"]),
        ("CapabilityBoundingSet", [""]),
        ("StateDirectoryMode", ["0700"]),
        ("Restart", ["always"]),
    ],
)
def test_the_machine_is_protected(key: str, values: list[str]) -> None:
    assert read("photonic.service")["Service"][key] == values


def test_locks_and_photos_can_be_written() -> None:
    service = read("photonic.service")["Service"]
    assert "/tmp" in service["ReadWritePaths"], "ProtectSystem=strict makes it read-only"
    assert service["StateDirectory"] == ["photonic"]


def test_memory_and_tasks_have_a_limit() -> None:
    service = read("photonic.service")["Service"]
    assert service["MemoryMax"] != ["infinity"]
    assert service["MemoryMax"]
    assert service["TasksMax"]


@pytest.mark.parametrize("key", ["PrivateDevices", "RestrictRealtime", "PrivateTmp", "PrivateUsers", "PrivateNetwork"])
def test_nothing_that_breaks_cameras_is_set(key: str) -> None:
    """USB and webcams need devices, releases at a moment real-time, locks the common ``/tmp``, udev the network."""
    assert key not in read("photonic.service")["Service"]


def test_cameras_that_are_plugged_in_are_noticed() -> None:
    (families,) = read("photonic.service")["Service"]["RestrictAddressFamilies"]
    assert set(families.split()) == {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"}


def test_its_variables_are_settings() -> None:
    variables = [value.partition("=")[0] for value in read("photonic.service")["Service"]["Environment"]]
    ours = [name.removeprefix(ENVIRONMENT_PREFIX).lower() for name in variables if name.startswith(ENVIRONMENT_PREFIX)]
    assert ours
    assert set(ours) <= set(ServiceSettings.model_fields)
    assert not {"token", "operator_pin"} & set(ours), "secrets are in a file that only root reads"


def test_the_commands_of_the_guide_use_the_folders_of_the_service() -> None:
    """``photonic token`` does not know the unit's environment: the guide's configuration names the same folders."""
    guide = (ROOT / "docs" / "how-to" / "systemd.md").read_text(encoding="utf-8")
    configured = tomllib.loads(guide.partition("<<'END'\n")[2].partition("\nEND\n")[0])
    variables = dict(value.split("=", 1) for value in read("photonic.service")["Service"]["Environment"])
    ServiceSettings.model_validate(configured)
    assert variables == {
        f"{ENVIRONMENT_PREFIX}{name.upper()}": configured[name] for name in ("state_folder", "photo_root")
    }
    commands = [line for line in guide.splitlines() if line.startswith("sudo -u photonic ")]
    assert len(commands) == 3
    # They find the file.
    assert f"/dev/stdin {MACHINE_CONFIG} <<" in guide


def test_the_port_is_opened_by_systemd_for_this_machine_only() -> None:
    service, socket = read("photonic.service"), read("photonic.socket")
    assert service["Unit"]["Requires"] == ["photonic.socket"]
    assert socket["Socket"]["ListenStream"] == ["127.0.0.1:8000"]
    # photonic accepts connections itself.
    assert "Accept" not in socket["Socket"]


def test_systemd_takes_them(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        absent("systemd-analyze is not installed", promised=False)
    text = (UNITS / "photonic.service").read_text(encoding="ascii")
    # The program, the user and the configuration are those of an installation.
    for name, content in {
        "photonic.service": text.replace("/opt/photonic/bin/photonic", "/bin/true").replace("User=photonic\n", ""),
        "photonic.socket": (UNITS / "photonic.socket").read_text(encoding="ascii"),
    }.items():
        (tmp_path / name).write_text(content)
    said = subprocess.run(
        [analyze, "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 0, said.stderr
