"""Each error message of the command line names the next step: an option, or a command."""

from __future__ import annotations

import errno
import os

import pytest

from photonic.cli.outcome import one_line
from photonic.cli.settings import with_settings_command
from photonic.errors import BadInput, FailureKind, ServiceError
from photonic.model.sequence import Varied
from photonic.model.setting import Choice
from photonic.service.sequence.kinds.bracket import steps
from photonic.serving.listening import refusal_of_port

SHUTTER = Choice(
    name="shutter", path="/main/s", label="S", writable=True, value="1/125", choices=("1/30", "1/60", "1/125", "1/250")
)


def refused(kind: FailureKind | None, status: int | None, reason: str = "no") -> ServiceError:
    return ServiceError(reason, status=status, kind=kind)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (refused(None, None), "photonic serve"),
        (refused(None, None), "--url"),
        (refused(None, 401), "--token"),
        (refused(None, 403), "--token"),
        (refused(FailureKind.NOT_FOUND, 404, "unknown camera 'x'; known cameras: left, right"), "photonic cameras"),
        (refused(FailureKind.CAMERA_ABSENT, 503), "photonic doctor"),
        (refused(FailureKind.BLOCKED, 503), "photonic doctor"),
        (refused(FailureKind.CAMERA_FAULT, 502), "photonic doctor"),
        (refused(FailureKind.HOST_STORAGE_UNUSABLE, 507), "photonic doctor"),
        (refused(FailureKind.HOST_STORAGE_FULL, 507), "photonic doctor"),
        (
            with_settings_command(refused(FailureKind.BAD_INPUT, 422, "foo: this camera has no setting for foo")),
            "settings",
        ),
        (refusal_of_port("127.0.0.1", 80, OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))), "--port"),
        (refusal_of_port("127.0.0.1", 80, OSError(errno.EACCES, os.strerror(errno.EACCES))), "--port"),
        (refusal_of_port("192.0.2.1", 80, OSError(errno.EADDRNOTAVAIL, "Cannot assign")), "--host"),
    ],
)
def test_it_names_the_next_command_or_option(error: ServiceError | BadInput, named: str) -> None:
    line = one_line(error)
    assert named in line
    assert "\n" not in line


def test_a_step_that_the_reason_already_names_is_not_repeated() -> None:
    absent = refused(FailureKind.CAMERA_ABSENT, 503, "no camera: photonic doctor says why")
    assert one_line(absent).count("photonic doctor") == 1


@pytest.mark.parametrize("kind", [FailureKind.AUTOFOCUS_FAILED, FailureKind.TIMEOUT, FailureKind.CAMERA_BUSY])
def test_a_reason_that_no_command_helps_with_is_unchanged(kind: FailureKind) -> None:
    assert one_line(refused(kind, 409, "point at something with contrast")) == "point at something with contrast"


def test_a_bracket_out_of_range_names_the_nearest_values() -> None:
    with pytest.raises(BadInput) as caught:
        steps((-20,), Varied.SHUTTER, (SHUTTER,), {})
    assert caught.value.reason.endswith("nearest: 1/250, 1/125, 1/60")
    assert caught.value.choices == ("1/250", "1/125", "1/60")
