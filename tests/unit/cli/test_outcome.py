"""The exit code and the error message of a command."""

from __future__ import annotations

import pytest

from photonic.cli.outcome import ExitCode, exit_code, one_line
from photonic.errors import (
    BadInput,
    CameraError,
    CaptureError,
    FailureKind,
    PhotonicError,
    ServiceError,
    StorageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("no"), ExitCode.BAD_INPUT),
        (ServiceError("no", status=422, kind=FailureKind.BAD_INPUT), ExitCode.BAD_INPUT),
        (ServiceError("no such camera", status=404, kind=FailureKind.NOT_FOUND), ExitCode.BAD_INPUT),
        (ServiceError("no bulb", status=501, kind=FailureKind.NOT_SUPPORTED), ExitCode.BAD_INPUT),
        (ServiceError("raw only", status=406), ExitCode.BAD_INPUT),
        (ServiceError("no answer"), ExitCode.UNREACHABLE),
        (ServiceError("no focus", status=422, kind=FailureKind.AUTOFOCUS_FAILED), ExitCode.FAILED),
        (CameraError("gone"), ExitCode.FAILED),
        (CaptureError("late", kind=FailureKind.TIMEOUT), ExitCode.FAILED),
        (StorageError("full"), ExitCode.FAILED),
    ],
)
def test_the_exit_code_tells_the_cause(error: PhotonicError, code: ExitCode) -> None:
    assert exit_code(error) is code


def test_an_error_is_one_line() -> None:
    assert one_line(CameraError("the camera\n does not\tanswer")) == "the camera does not answer"
    assert one_line(PhotonicError()) == "PhotonicError"


def test_a_services_reason_names_options() -> None:
    refused = ServiceError("interval_seconds: at least 0.2 s, or with allow_misses", status=422)
    assert one_line(refused) == "--every: at least 0.2 s, or with --allow-misses"


def test_bad_input_names_its_field_and_the_choices() -> None:
    assert one_line(BadInput("no such value", field="shutter", choices=("1/60", "1/125"))) == (
        "shutter: no such value (one of: 1/60, 1/125)"
    )
    assert one_line(BadInput("shutter is too long", field="shutter")) == "shutter is too long"
