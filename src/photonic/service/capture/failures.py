"""Why a capture failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, StorageError
from photonic.protocol.capture import CaptureFailure

if TYPE_CHECKING:
    from photonic.errors import PhotonicError

CANCELLED = CaptureFailure(FailureKind.CANCELLED, "cancelled on request before the exposure")
NOT_BEGUN = CaptureFailure(FailureKind.TIMEOUT, "the camera could not begin the capture in time: try again")
NO_PHOTO = CaptureFailure(FailureKind.CAMERA_FAULT, "the camera reported a capture but delivered no photo")
STOPPED = CaptureFailure(FailureKind.SHUTTING_DOWN, "the service stopped during the capture")
UNEXPECTED = CaptureFailure(
    FailureKind.CAMERA_FAULT, "the capture failed unexpectedly, see the log; if a photo was taken, it is not lost"
)


def failure_of(error: PhotonicError) -> CaptureFailure:
    """Return the failure of a capture that this error ended."""
    match error:
        case CaptureError() | CameraError() | StorageError():
            return CaptureFailure(error.kind, error.reason)
        case BadInput():
            return CaptureFailure(FailureKind.BAD_INPUT, error.reason)
        case _:
            return CaptureFailure(FailureKind.CAMERA_FAULT, str(error))


def kept(failure: CaptureFailure) -> CaptureFailure:
    """Return the failure of a capture whose staged photo is imported later."""
    return CaptureFailure(
        failure.kind, f"{failure.reason}; the photo is kept, and imported as soon as that is possible"
    )
