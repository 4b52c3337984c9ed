"""The result of one check, and how to fix a problem."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outcome(StrEnum):
    """Outcome of a check; ``SKIPPED``: it was not possible or does not apply."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Check(StrEnum):
    """The checks, in the order of the report."""

    SOFTWARE = "software"
    PHOTO_ROOT = "photo_root"
    SECOND_DISK = "second_disk"
    INDEX = "index"
    LEFTOVERS = "leftovers"
    SERVICE_PORT = "service_port"
    CLOCK = "clock"
    USB = "usb"
    CAMERA = "camera"
    POWER = "power"
    CARD = "card"
    LIVE_VIEW = "live_view"
    PHOTOS = "photos"


class DoctorCode(IntEnum):
    """The doctor's exit code: that of the first failed check. Warnings alone give 0; bad input gives 2, as usual."""

    OK = 0
    SOFTWARE = 10
    PHOTO_ROOT = 11
    INDEX = 12
    SERVICE_PORT = 13
    USB_PERMISSION = 15
    CAMERA_ABSENT = 16
    CAMERA_CLAIMED = 17
    CAMERA_BLOCKED = 18
    CAMERA_FAULT = 19
    LIVE_VIEW = 20
    INDEX_IN_USE = 21
    SERVICE_NOT_READY = 22
    NO_ANSWER = 23
    SECOND_DISK = 24


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    ``what``: what was found. ``why``: why it matters. ``mend``: the exact command or action that fixes it. ``code``:
    the doctor's exit code if this is the first failure.
    """

    check: Check
    outcome: Outcome
    what: str
    why: str | None = None
    mend: str | None = None
    code: DoctorCode = DoctorCode.OK

    def as_json(self) -> dict[str, str | int | None]:
        """The finding as it is printed with ``--json``."""
        return {
            "check": self.check.value,
            "outcome": self.outcome.value,
            "what": self.what,
            "why": self.why,
            "mend": self.mend,
            "code": int(self.code),
        }


def passed(check: Check, what: str) -> Finding:
    """The check passed."""
    return Finding(check, Outcome.OK, what)


def skipped(check: Check, why: str) -> Finding:
    """The check was not run; ``why`` says why."""
    return Finding(check, Outcome.SKIPPED, why)


def warning(check: Check, what: str, why: str, mend: str) -> Finding:
    """It works now but may fail later."""
    return Finding(check, Outcome.WARNING, what, why, mend)


def failed(check: Check, code: DoctorCode, what: str, why: str, mend: str) -> Finding:
    """The check failed."""
    return Finding(check, Outcome.FAILED, what, why, mend, code)


def exit_code(findings: Iterable[Finding]) -> int:
    """The code of the first failure; 0 if no check failed."""
    return int(next((one.code for one in findings if one.outcome is Outcome.FAILED), DoctorCode.OK))
