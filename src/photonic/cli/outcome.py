"""How a command ends: at most one line on stderr, and an exit code for scripts."""

from __future__ import annotations

from enum import IntEnum
from http import HTTPStatus

from photonic.cli.option_names import in_options
from photonic.errors import BadInput, FailureKind, PhotonicError, ServiceError


class ExitCode(IntEnum):
    """Exit codes of the commands.

    A long-running command that is stopped by SIGTERM or Ctrl-C also exits with ``DONE``. ``INTERRUPTED``: Ctrl-C before
    a command had its result (128 + SIGINT, as in a shell). ``NOT_WHOLE``: a check of stored photos came to its end, and
    found some that are not whole; one that could not be made has ``FAILED``.
    """

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    UNREACHABLE = 3
    NOT_WHOLE = 4
    INTERRUPTED = 130


def exit_code(error: PhotonicError) -> ExitCode:
    """The exit code for this error: bad input, service unreachable, or any other failure.

    A request for something unknown, or for something that this camera does not support, is bad input.
    """
    match error:
        case BadInput():
            return ExitCode.BAD_INPUT
        case ServiceError(kind=FailureKind.BAD_INPUT | FailureKind.NOT_FOUND | FailureKind.NOT_SUPPORTED):
            return ExitCode.BAD_INPUT
        case ServiceError(status=HTTPStatus.NOT_ACCEPTABLE):
            return ExitCode.BAD_INPUT
        case ServiceError(status=None):
            return ExitCode.UNREACHABLE
        case _:
            return ExitCode.FAILED


_DOCTOR = "photonic doctor"
_DOCTORS_KINDS = frozenset(
    {
        FailureKind.CAMERA_ABSENT,
        FailureKind.CAMERA_FAULT,
        FailureKind.BLOCKED,
        FailureKind.HOST_STORAGE_FULL,
        FailureKind.HOST_STORAGE_UNUSABLE,
    }
)


def next_step(error: ServiceError) -> str | None:
    """The command or option that helps after this error; ``None`` if no command does."""
    match error:
        case ServiceError(status=None):
            return "start it with `photonic serve`, or give its address with --url"
        case ServiceError(status=401 | 403):
            return "give its token with --token or in PHOTONIC_TOKEN"
        case ServiceError(kind=FailureKind.NOT_FOUND) if "unknown camera" in error.reason:
            return "`photonic cameras` lists them"
        case ServiceError(kind=kind) if kind in _DOCTORS_KINDS and _DOCTOR not in error.reason:
            return f"`{_DOCTOR}` finds the cause"
        case _:
            return None


def one_line(error: BaseException) -> str:
    """The error in one line: what failed, why, and the next step or the accepted values."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ServiceError):
        text = in_options(text)
        step = next_step(error)
        return text if step is None or step in text else f"{text}; {step}"
    if isinstance(error, BadInput):
        named = f"{error.field}: {text}" if error.field and error.field not in text else text
        return f"{named} (one of: {', '.join(error.choices)})" if error.choices else named
    return text
