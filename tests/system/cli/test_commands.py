"""The commands as processes: what they print and how they end, without a service."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from tests.support.first_short import first_short

from photonic.cli.outcome import ExitCode
from photonic.version import __version__

COMMANDS = (
    "demo",
    "serve",
    "simulate",
    "capture",
    "burst",
    "timelapse",
    "bracket",
    "stack",
    "look",
    "settings",
    "set",
    "photos",
    "view",
    "status",
    "cameras",
    "doctor",
    "token",
    "link",
    "invite",
    "open",
    "config",
)
LAPSE = ("timelapse", "--every", "10s")
CLIENTS = (
    ("capture",),
    ("burst",),
    ("bracket",),
    ("stack", "--steps", "3"),
    (*LAPSE, "--count", "2"),
    ("status",),
    ("look", "--magnification", "5"),
    ("settings",),
    ("set", "iso=400"),
    ("photos",),
    ("photos", "guests"),
    ("view", "--seconds", "1"),
    ("invite",),
    ("link", "list"),
    ("open", "booth"),
)


def photonic(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "photonic.cli", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def nobody() -> str:
    """The address of a service that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_help_names_every_command() -> None:
    ran = photonic("--help")
    assert ran.returncode == ExitCode.DONE
    assert all(command in ran.stdout for command in COMMANDS)


def test_the_benchmark_says_where_it_went_whatever_its_options_were() -> None:
    ran = photonic("bench", "--viewers", "1,50", "--quick")
    assert (ran.returncode, ran.stdout) == (ExitCode.BAD_INPUT, "")
    (line,) = ran.stderr.splitlines()
    assert "make bench-viewers" in line


@pytest.mark.parametrize("command", first_short(COMMANDS, short=3))
def test_every_command_explains_itself(command: str) -> None:
    ran = photonic(command, "--help")
    assert ran.returncode == ExitCode.DONE, ran.stderr
    assert "--" in ran.stdout


def test_version() -> None:
    assert photonic("--version").stdout == f"photonic {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    """Keeps ``photonic --help`` quick; a figure would be a threshold."""
    heavy = ("fastapi", "uvicorn", "pydantic", "numpy", "PIL", "gphoto2", "httpx2", "websockets", "asyncio")
    code = f"import sys, photonic.cli.application; print([name for name in {heavy!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", first_short(CLIENTS, short=3), ids=lambda arguments: arguments[0])
def test_a_service_that_is_not_there_is_told_from_a_failure(arguments: tuple[str, ...], nobody: str) -> None:
    ran = photonic(*arguments, "--url", nobody)
    assert ran.returncode == ExitCode.UNREACHABLE, ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    first_short(
        [
            ("serve", "--camera", "polaroid"),
            ("capture", "--session", "../etc"),
            ("capture", "--session", "x" * 65),
            ("capture", "--sequence", "-1"),
            ("capture", "--url", "nonsense"),
            ("burst", "--count", "0"),
            ("bracket", "--stops", "one"),
            ("bracket", "--stops", "-2,,2"),
            ("bracket", "--vary", "zoom"),
            ("burst", "--self-timer", "soon"),
            ("burst", "--session", "../etc"),
            LAPSE,
            (*LAPSE, "--count", "-1"),
            (*LAPSE, "--until", "25:00"),
            ("timelapse", "--every", "0", "--count", "3"),
            ("timelapse", "--every", "-5s", "--count", "3"),
            ("timelapse", "--every", "often", "--count", "3"),
            ("status", "--url", "ftp://127.0.0.1"),
            ("photos", "--download", "here"),
            ("serve", "--port", "65536"),
            ("serve", "--capture-target", "floppy"),
            ("serve", "--config", "does-not-exist.toml"),
        ],
        short=6,
    ),
    ids=" ".join,
)
def test_bad_input_is_one_line(arguments: tuple[str, ...]) -> None:
    ran = photonic(*arguments)
    assert ran.returncode == ExitCode.BAD_INPUT, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1, ran.stderr
    assert ran.stderr.startswith("photonic: ")


def test_a_port_that_is_taken_is_one_line(tmp_path: object) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ran = photonic("serve", "--port", str(other.getsockname()[1]), "--photo-root", str(tmp_path))
    assert ran.returncode == ExitCode.BAD_INPUT, ran.stderr
    assert "--port" in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr
