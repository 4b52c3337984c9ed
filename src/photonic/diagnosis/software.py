"""The programs that photonic stands on: are they there, and of an age that it was tested with."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from importlib.metadata import version

from photonic.diagnosis.child import said_by
from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, warning, well
from photonic.errors import CameraError

TESTED_LIBRARY = (2, 5, 34)
WANTED_DRIVERS = frozenset({"usb1", "ptpip"})
REINSTALL = "pip install --force-reinstall gphoto2"


@dataclass(frozen=True, slots=True)
class SoftwareFacts:
    """Versions as text; ``drivers`` are libgphoto2's port drivers. ``problem``: why the library could not be asked."""

    library: str = ""
    binding: str = ""
    drivers: frozenset[str] = frozenset()
    problem: str | None = None


async def look_at_software(driver: str) -> SoftwareFacts:
    """Ask the driver package for its library's versions, in a process of its own."""
    try:
        said = await said_by(f"{driver}.versions")
    except CameraError as error:
        return SoftwareFacts(problem=error.reason)
    try:
        told = json.loads(said)
        return SoftwareFacts(told["library"], told["binding"], frozenset(told["drivers"]))
    except (ValueError, KeyError, TypeError) as error:
        return SoftwareFacts(problem=f"an answer that makes no sense ({error})")


def judge_software(facts: SoftwareFacts) -> Finding:
    """What follows from it."""
    if facts.problem is not None:
        return failed(
            Check.SOFTWARE,
            DoctorCode.SOFTWARE,
            f"libgphoto2 cannot be used: {facts.problem}",
            "without it no camera can be reached",
            REINSTALL,
        )
    said = (
        f"photonic {version('photonic')}, Python {platform.python_version()}, libgphoto2 {facts.library} "
        f"(gphoto2 {facts.binding}) with ports {', '.join(sorted(facts.drivers))}"
    )
    missing = sorted(WANTED_DRIVERS - facts.drivers)
    if missing:
        return failed(
            Check.SOFTWARE,
            DoctorCode.SOFTWARE,
            f"libgphoto2 {facts.library} has no port driver {' and '.join(missing)}",
            "cameras on USB need usb1, cameras on the network ptpip",
            REINSTALL,
        )
    if _numbers(facts.library) < TESTED_LIBRARY:
        return warning(
            Check.SOFTWARE,
            said,
            f"photonic is tested with libgphoto2 {'.'.join(map(str, TESTED_LIBRARY))}",
            "pip install --upgrade gphoto2",
        )
    return well(Check.SOFTWARE, said)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in text.split("."))
