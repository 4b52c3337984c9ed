"""Why a camera, its live view or a second disk is in its state: a code for programs, and a sentence for people.

The sentence is in English. A page in another language has its own text for each code and inserts the values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.errors import FailureKind

if TYPE_CHECKING:
    from collections.abc import Mapping

DETAIL = "detail"
"""The details of the failure, in English: from the driver, the camera library or the operating system."""


class ReasonCode(StrEnum):
    """Every reason that a camera's snapshot can give, with its value in the API. Codes are added, never renamed.

    From ``SECOND_DISK_GONE`` on: why a photo is not saved as safely as configured.
    """

    CAMERA_STARTING = "camera_starting"
    DISCONNECTED = "disconnected"
    CAMERA_ABSENT = "camera_absent"
    BLOCKED = "blocked"
    BATTERY_LOW = "battery_low"
    NO_CARD = "no_card"
    CAMERA_STORAGE_FULL = "camera_storage_full"
    CAMERA_BUSY = "camera_busy"
    CAMERA_FAULT = "camera_fault"
    TIMEOUT = "timeout"
    NOT_SUPPORTED = "not_supported"
    BAD_INPUT = "bad_input"
    POWER_CYCLE_NEEDED = "power_cycle_needed"
    SHUTTING_DOWN = "shutting_down"
    CAPTURE_RUNNING = "capture_running"
    PAUSE_OVERDUE = "pause_overdue"
    NO_FRAMES = "no_frames"
    LIVE_VIEW_RESTARTING = "live_view_restarting"
    LIVE_VIEW_UNSUPPORTED = "live_view_unsupported"
    CONNECTION_TOO_SLOW = "connection_too_slow"
    SECOND_DISK_GONE = "second_disk_gone"
    SECOND_DISK_SAME = "second_disk_same"
    SECOND_DISK_FULL = "second_disk_full"
    SECOND_DISK_READ_ONLY = "second_disk_read_only"
    SECOND_DISK_SLOW = "second_disk_slow"
    SECOND_DISK_HANGS = "second_disk_hangs"
    SECOND_DISK_FAILING = "second_disk_failing"
    SECOND_COPY_WAITING = "second_copy_waiting"
    NO_CARD_COPY = "no_card_copy"


@dataclass(frozen=True, slots=True)
class Reason:
    """``text`` is a sentence for people, in English; ``values`` belong to the code (``VALUE_NAMES``)."""

    code: ReasonCode
    text: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])


_OF_FAILURES: Mapping[FailureKind, ReasonCode] = {
    FailureKind.DISCONNECTED: ReasonCode.DISCONNECTED,
    FailureKind.CAMERA_ABSENT: ReasonCode.CAMERA_ABSENT,
    FailureKind.BLOCKED: ReasonCode.BLOCKED,
    FailureKind.BATTERY_LOW: ReasonCode.BATTERY_LOW,
    FailureKind.NO_CARD: ReasonCode.NO_CARD,
    FailureKind.CAMERA_STORAGE_FULL: ReasonCode.CAMERA_STORAGE_FULL,
    FailureKind.CAMERA_BUSY: ReasonCode.CAMERA_BUSY,
    FailureKind.TIMEOUT: ReasonCode.TIMEOUT,
    FailureKind.NOT_SUPPORTED: ReasonCode.NOT_SUPPORTED,
    FailureKind.BAD_INPUT: ReasonCode.BAD_INPUT,
    FailureKind.SHUTTING_DOWN: ReasonCode.SHUTTING_DOWN,
}

_WITHOUT_VALUES = frozenset(
    {
        ReasonCode.CAMERA_STARTING,
        ReasonCode.DISCONNECTED,
        ReasonCode.SHUTTING_DOWN,
        ReasonCode.CAPTURE_RUNNING,
        ReasonCode.PAUSE_OVERDUE,
        ReasonCode.NO_FRAMES,
        ReasonCode.LIVE_VIEW_UNSUPPORTED,
        ReasonCode.CONNECTION_TOO_SLOW,
        ReasonCode.SECOND_DISK_GONE,
        ReasonCode.SECOND_DISK_SAME,
        ReasonCode.SECOND_DISK_FULL,
        ReasonCode.SECOND_DISK_READ_ONLY,
        ReasonCode.SECOND_DISK_SLOW,
        ReasonCode.SECOND_DISK_HANGS,
        ReasonCode.SECOND_DISK_FAILING,
        ReasonCode.SECOND_COPY_WAITING,
        ReasonCode.NO_CARD_COPY,
    }
)

VALUE_NAMES: Mapping[ReasonCode, frozenset[str]] = {
    code: frozenset() if code in _WITHOUT_VALUES else frozenset({DETAIL}) for code in ReasonCode
}
"""The names in ``values`` for each code."""


def reason(code: ReasonCode, text: str) -> Reason:
    """Return the reason with this code; if the code has a detail, it is ``text``."""
    return Reason(code, text, dict.fromkeys(VALUE_NAMES[code], text))


def failure_reason(kind: FailureKind, text: str) -> Reason:
    """Return the reason for a failure of the camera, with the failure's own sentence.

    A kind that a camera process never reports counts as a fault of the camera.
    """
    return reason(_OF_FAILURES.get(kind, ReasonCode.CAMERA_FAULT), text)
