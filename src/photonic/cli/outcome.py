"""How a command ends: one line on stderr at the most, and an exit code that a script can act on."""

from __future__ import annotations

from enum import IntEnum

from photonic.cli.option_names import in_options
from photonic.errors import BadInput, FailureKind, PhotonicError, ServiceError


class ExitCode(IntEnum):
    """What the shell gets to see.

    ``DONE`` is also the end of a long-running command that was told to stop (SIGTERM or Ctrl-C); ``INTERRUPTED`` is
    Ctrl-C during a command that had an answer to give (128 + SIGINT, as shells do).
    """

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


def exit_code(error: PhotonicError) -> ExitCode:
    """The exit code that tells this error's cause: bad input, nobody there, or any other failure.

    What is not there, and what this camera cannot do, was asked for in vain: bad input.
    """
    match error:
        case BadInput():
            return ExitCode.BAD_INPUT
        case ServiceError(kind=FailureKind.BAD_INPUT | FailureKind.NOT_FOUND | FailureKind.NOT_SUPPORTED):
            return ExitCode.BAD_INPUT
        case ServiceError(status=None):
            return ExitCode.UNREACHABLE
        case _:
            return ExitCode.FAILED


def one_line(error: BaseException) -> str:
    """The error in one line for people: what failed, why, and what would be taken instead."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ServiceError):
        text = in_options(text)
    if isinstance(error, BadInput):
        named = f"{error.field}: {text}" if error.field and error.field not in text else text
        return f"{named} (one of: {', '.join(error.choices)})" if error.choices else named
    return text
