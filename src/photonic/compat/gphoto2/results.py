"""How gphoto2's actions fail: libgphoto2's result codes, and which one a refusal of the service has."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from photonic.errors import FailureKind, PhotonicError

if TYPE_CHECKING:
    from photonic.errors import ServiceError


class ResultCode(IntEnum):
    """Result codes of libgphoto2; ``NO_CAMERA`` is gphoto2's own."""

    UNSPECIFIED = -1
    BAD_PARAMETERS = -2
    UNKNOWN_PORT = -5
    NOT_SUPPORTED = -6
    IO = -7
    TIMEOUT = -10
    CLAIM = -53
    UNKNOWN_MODEL = -105
    FILE_NOT_FOUND = -108
    CAMERA_BUSY = -110
    CANCEL = -112
    CAMERA_ERROR = -113
    NO_SPACE = -115
    NO_CAMERA = -2000


TEXTS = {
    ResultCode.UNSPECIFIED: "Unspecified error",
    ResultCode.BAD_PARAMETERS: "Bad parameters",
    ResultCode.UNKNOWN_PORT: "Unknown port",
    ResultCode.NOT_SUPPORTED: "Unsupported operation",
    ResultCode.IO: "I/O problem",
    ResultCode.TIMEOUT: "Timeout reading from or writing to the port",
    ResultCode.CLAIM: "Could not claim the USB device",
    ResultCode.UNKNOWN_MODEL: "Unknown model",
    ResultCode.FILE_NOT_FOUND: "File not found",
    ResultCode.CAMERA_BUSY: "I/O in progress",
    ResultCode.CANCEL: "Cancelled",
    ResultCode.CAMERA_ERROR: "Camera error",
    ResultCode.NO_SPACE: "Not enough free space",
}
ENDS_CAPTURING = frozenset(
    {
        ResultCode.NOT_SUPPORTED,
        ResultCode.CLAIM,
        ResultCode.CAMERA_BUSY,
        ResultCode.CANCEL,
        ResultCode.NO_SPACE,
        ResultCode.NO_CAMERA,
    }
)
"""After these, a failed capture ends the command; after all others, gphoto2 exits with 0."""

_BY_KIND = {
    FailureKind.CAMERA_BUSY: ResultCode.CAMERA_BUSY,
    FailureKind.QUEUE_FULL: ResultCode.CAMERA_BUSY,
    FailureKind.CANCELLED: ResultCode.CANCEL,
    FailureKind.CAMERA_FAULT: ResultCode.IO,
    FailureKind.CAMERA_ABSENT: ResultCode.NO_CAMERA,
    FailureKind.DISCONNECTED: ResultCode.NO_CAMERA,
    FailureKind.SHUTTING_DOWN: ResultCode.NO_CAMERA,
    FailureKind.BLOCKED: ResultCode.CLAIM,
    FailureKind.TIMEOUT: ResultCode.TIMEOUT,
    FailureKind.NO_CARD: ResultCode.NO_SPACE,
    FailureKind.HOST_STORAGE_FULL: ResultCode.NO_SPACE,
    FailureKind.HOST_STORAGE_UNUSABLE: ResultCode.NO_SPACE,
    FailureKind.CAMERA_STORAGE_FULL: ResultCode.NO_SPACE,
    FailureKind.NOT_SUPPORTED: ResultCode.NOT_SUPPORTED,
    FailureKind.BAD_INPUT: ResultCode.BAD_PARAMETERS,
    FailureKind.NOT_FOUND: ResultCode.FILE_NOT_FOUND,
}


class ActionFailed(PhotonicError):
    """An action failed, and the command ends.

    Args:
        code: What gphoto2 reports.
        reason: Why, for people; empty if there is no more to say.
    """

    def __init__(self, code: ResultCode, reason: str = "") -> None:
        super().__init__(reason or TEXTS.get(code, code.name))
        self.code = code
        self.reason = reason


class CannotBeDone(PhotonicError):
    """The command cannot be carried out at all; its text is the only line that is printed."""


def failed(error: ServiceError) -> ActionFailed:
    """The failure of an action that the service refused, or did not answer."""
    unknown = ResultCode.NO_CAMERA if error.status is None else ResultCode.UNSPECIFIED
    return ActionFailed(
        unknown if error.kind is None else _BY_KIND.get(error.kind, ResultCode.UNSPECIFIED), error.reason
    )


def error_line(code: ResultCode) -> str:
    """The line that gphoto2 ends with."""
    if code is ResultCode.CANCEL:
        return "Operation cancelled."
    if code is ResultCode.NO_CAMERA:
        return "*** Error: No camera found. ***"
    return f"*** Error ({code.value}: '{TEXTS[code]}') ***       "
