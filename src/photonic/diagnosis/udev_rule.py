"""The udev rules that let this user open cameras on USB: their text, the command that adds them, and adding them.

Sources: udev(7) (``MODE``, ``GROUP``, ``TAG+="uaccess"``: logind gives the logged-in user access), udevadm(8).
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.worker.supervision.usb import UsbCamera

RULES = Path("/etc/udev/rules.d/70-photonic.rules")
STEP_SECONDS = 60.0
"""For one command; the first one may ask for a password."""

_RELOAD = (("udevadm", "control", "--reload"), ("udevadm", "trigger", "--subsystem-match=usb"))
_SETTLE = ("udevadm", "settle", "--timeout=10")
_VENDOR = re.compile(r"[0-9a-f]{4}")


def rules_for(cameras: Sequence[UsbCamera], group: str) -> tuple[str, ...]:
    """One rule for each maker of these cameras; ``group``: the group that gets access on a machine without a desktop.

    A camera whose vendor number sysfs does not give gets none.
    """
    vendors = dict.fromkeys(camera.vendor for camera in cameras if _VENDOR.fullmatch(camera.vendor))
    return tuple(
        f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor}", MODE="0660", GROUP="{group}", TAG+="uaccess"'
        for vendor in vendors
    )


def command(rules: Sequence[str], path: Path = RULES) -> str:
    """The command line that adds the rules, for people; rules of other makers stay in the file."""
    lines = " ".join(shlex.quote(rule) for rule in rules)
    steps = [f"printf '%s\\n' {lines} | sudo tee -a {path}", *(f"sudo {shlex.join(step)}" for step in _RELOAD)]
    return " && ".join(steps)


def add(
    rules: Sequence[str],
    *,
    path: Path = RULES,
    superuser: bool,
    run: Callable[[tuple[str, ...], str], None] | None = None,
) -> None:
    """Add the rules that the file lacks, and have udev apply them; rules of other makers stay.

    Args:
        rules: The rules.
        path: The file.
        superuser: Whether this process is the superuser's; otherwise each command runs under sudo.
        run: Runs a command with an input; ``None``: as a child process.

    Raises:
        CameraError: A command is missing or failed (BLOCKED).
    """
    run = run or run_step
    prefix = () if superuser else ("sudo",)
    try:
        present = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        present = []
    missing = [rule for rule in rules if rule not in present]
    if missing:
        run((*prefix, "tee", "-a", str(path)), "".join(f"{rule}\n" for rule in missing))
    for step in (*_RELOAD, _SETTLE):
        run((*prefix, *step), "")


def run_step(step: tuple[str, ...], given: str) -> None:
    """Run a command; its output is dropped, its errors are shown. Raises ``CameraError`` (BLOCKED) if it fails."""
    try:
        subprocess.run(step, input=given, stdout=subprocess.DEVNULL, text=True, timeout=STEP_SECONDS, check=True)  # noqa: S603
    except FileNotFoundError as error:
        raise CameraError(f"{step[0]} is not installed", kind=FailureKind.BLOCKED) from error
    except subprocess.TimeoutExpired as error:
        reason = f"{shlex.join(step)} did not end within {STEP_SECONDS:.0f} s"
        raise CameraError(reason, kind=FailureKind.BLOCKED) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise CameraError(f"{shlex.join(step)} failed: {error}", kind=FailureKind.BLOCKED) from error
