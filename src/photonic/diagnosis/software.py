"""Checks that the libraries that photonic needs are installed, in a tested version."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass

from photonic.diagnosis.child import output_of
from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed, warning
from photonic.errors import CameraError
from photonic.version import __version__

TESTED_LIBRARY = (2, 5, 34)
WANTED_DRIVERS = frozenset({"usb1", "ptpip"})
REINSTALL = "pip install --force-reinstall gphoto2"


@dataclass(frozen=True, slots=True)
class SoftwareFacts:
    """Versions as text. ``drivers``: libgphoto2's port drivers. ``problem``: why the library cannot be used."""

    library: str = ""
    binding: str = ""
    drivers: frozenset[str] = frozenset()
    problem: str | None = None


async def inspect_software(driver: str) -> SoftwareFacts:
    """Ask the driver package, in a separate process, for its library's versions."""
    try:
        output = await output_of(f"{driver}.versions")
    except CameraError as error:
        return SoftwareFacts(problem=error.reason)
    try:
        versions = json.loads(output)
        return SoftwareFacts(versions["library"], versions["binding"], frozenset(versions["drivers"]))
    except (ValueError, KeyError, TypeError) as error:
        return SoftwareFacts(problem=f"its versions could not be parsed ({error})")


def judge_software(facts: SoftwareFacts) -> Finding:
    """Judge the libraries."""
    if facts.problem is not None:
        return failed(
            Check.SOFTWARE,
            DoctorCode.SOFTWARE,
            f"libgphoto2 cannot be used: {facts.problem}",
            "photonic cannot reach a camera without it",
            REINSTALL,
        )
    summary = (
        f"photonic {__version__}, Python {platform.python_version()}, libgphoto2 {facts.library} "
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
            summary,
            f"photonic is tested with libgphoto2 {'.'.join(map(str, TESTED_LIBRARY))}",
            "pip install --upgrade gphoto2",
        )
    return passed(Check.SOFTWARE, summary)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in text.split("."))
