"""Translates the library's result codes and context texts for a photographer.

Codes: ``gphoto2-result.h`` and ``gphoto2-port-result.h`` of libgphoto2 2.5.34. The same -1 covers a failed autofocus, a
hot sensor and an empty battery; only the context text distinguishes them, so texts are matched first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.makers import registry
from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.usb import GONE

if TYPE_CHECKING:
    from collections.abc import Sequence

GENERIC = -1
BAD_PARAMETERS = -2
NO_MEMORY = -3
NOT_SUPPORTED = -6
IO = -7
TIMEOUT = -10
BUSY = -110

FOCUS_ADVICE = "point at something with contrast, add light, or focus manually"

TEXTS: tuple[tuple[re.Pattern[str], FailureKind, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, reason)
    for pattern, kind, reason in (
        (
            r"auto-?focus failed|perhaps no (auto-?)?focus|out of focus",
            FailureKind.AUTOFOCUS_FAILED,
            f"the camera could not focus; {FOCUS_ADVICE}",
        ),
        (
            r"battery exhausted|low battery|battery low",
            FailureKind.BATTERY_LOW,
            "the camera's battery is empty; change it",
        ),
        (
            r"temperature too high",
            FailureKind.BLOCKED,
            "the camera is too hot for live view; let it cool down",
        ),
        (
            r"no card\b|no card or card protected",
            FailureKind.NO_CARD,
            "the camera has no card that it can write to; insert one, or capture to RAM",
        ),
        (
            r"card (unformatted|error|protected)|card read-only|0x200e|store read only",
            FailureKind.NO_CARD,
            "the camera cannot write to its card; unlock, format or change it",
        ),
        (
            r"0x200c|store full|storage full|no more memory on card|no space left on",
            FailureKind.CAMERA_STORAGE_FULL,
            "the camera's card is full; change it or delete photos",
        ),
        (
            r"pending unretrieved sdram image",
            FailureKind.BLOCKED,
            "the camera holds a photo that has not been fetched yet; it will be fetched between frames",
        ),
        (
            r"liveview cannot start",
            FailureKind.BLOCKED,
            "the camera refuses live view",
        ),
        (
            r"0x2019|device busy",
            FailureKind.CAMERA_BUSY,
            "the camera is busy",
        ),
        (
            r"could not claim|claim the usb device",
            FailureKind.BLOCKED,
            "another program holds the camera; close it (on a desktop: gio mount -s gphoto2)",
        ),
    )
)

_FIRED = re.compile("|".join(registry.FIRED_TEXTS))

CODES: dict[int, tuple[FailureKind, str]] = {
    -1: (FailureKind.CAMERA_FAULT, "the camera refused without giving a reason"),
    -2: (FailureKind.CAMERA_FAULT, "the camera does not support this request, or was just unplugged"),
    -3: (FailureKind.CAMERA_STORAGE_FULL, "the camera has no room for another photo; change the card or delete photos"),
    -4: (FailureKind.CAMERA_FAULT, "libgphoto2 could not load its camera driver; reinstall photonic"),
    -5: (FailureKind.CAMERA_ABSENT, "no such port; check the camera's address"),
    -6: (FailureKind.NOT_SUPPORTED, "the camera does not support this"),
    -7: (FailureKind.CAMERA_FAULT, "the connection to the camera was lost; check the cable or the network"),
    -10: (
        FailureKind.TIMEOUT,
        "the camera did not answer in time; check that it is on, and check the cable or the network",
    ),
    -31: (FailureKind.CAMERA_FAULT, "the port could not be set up; check the cable"),
    -34: (FailureKind.CAMERA_FAULT, "reading from the camera failed; check the cable or the network"),
    -35: (FailureKind.CAMERA_FAULT, "a write failed during a transfer from or to the camera"),
    -51: (FailureKind.CAMERA_FAULT, "the USB connection stalled; unplug the camera and plug it in again"),
    -52: (FailureKind.CAMERA_ABSENT, GONE),
    -53: (
        FailureKind.BLOCKED,
        "another program holds the camera; close it (on a desktop: gio mount -s gphoto2)",
    ),
    -60: (FailureKind.BLOCKED, "another program has locked the camera's port; close it"),
    -102: (FailureKind.CAMERA_FAULT, "the camera sent invalid data"),
    -105: (FailureKind.CAMERA_ABSENT, "no camera answers; it is off, asleep or unplugged: switch it on"),
    -107: (FailureKind.CAMERA_FAULT, "that folder is no longer on the camera"),
    -108: (FailureKind.CAMERA_FAULT, "that file is no longer on the camera"),
    -110: (FailureKind.CAMERA_BUSY, "the camera is busy; try again in a moment"),
    -112: (FailureKind.CANCELLED, "the camera cancelled the request"),
    -113: (FailureKind.CAMERA_FAULT, "the camera reported an internal error; check its display"),
    -114: (FailureKind.CAMERA_FAULT, "the operating system refused; see the log"),
    -115: (FailureKind.CAMERA_STORAGE_FULL, "the camera's card is full; change it or delete photos"),
}

PASSING = frozenset({GENERIC, BUSY})
"""Codes after which the same session may work again: retry, then restart live view (ladder rungs 0 and 1)."""

REFUSALS = frozenset({GENERIC, BAD_PARAMETERS, NO_MEMORY, NOT_SUPPORTED, BUSY, -107, -108, -112, -113, -115})
"""Codes with which the camera refuses a request over a connection that is still good."""

NOT_FOUND = frozenset({BAD_PARAMETERS, -107, -108})
"""Codes with which the library refuses a folder or a file that it does not know."""


class LostTrack(CameraError):
    """The library no longer knows what is on the card, although the connection is good: reopen the camera.

    It remembers each folder and file that it has once read, until the camera is closed (2.5.34 ``ptp.c``,
    ``ptp_object_want``). If it has misread a folder, it finds none of the photos that follow in it, or cannot even say
    which photo the camera has reported. ``what`` is a sentence for people; ``refusal`` is the library's error.
    """

    def __init__(self, what: str, refusal: CameraError) -> None:
        super().__init__(
            f"{what}; the camera has to be reopened, so that its card is listed again ({refusal.reason})",
            kind=refusal.kind,
            code=refusal.code,
        )


def classify(code: int, texts: Sequence[str], call: str) -> CameraError:
    """The error for a failed library call.

    Its reason says what happened and what to do, and quotes the library's texts if there are any.

    Args:
        code: The library's result code.
        texts: The context texts that the library gave during the call.
        call: The name of the call.
    """
    quoted = "; ".join(text.strip().rstrip(".") for text in texts if text.strip())
    for pattern, kind, reason in TEXTS:
        if pattern.search(quoted):
            return CameraError(_sentence(reason, call, quoted, code), kind=kind, code=code)
    kind, reason = CODES.get(code, (FailureKind.CAMERA_FAULT, "libgphoto2 failed for an unknown reason"))
    return CameraError(_sentence(reason, call, quoted, code), kind=kind, code=code)


def connection_good(error: CameraError) -> bool:
    """Whether the connection can still be used after this error; otherwise the camera has to be reopened."""
    return error.code is None or error.code in REFUSALS


def session_good(error: CameraError) -> bool:
    """Whether the session can still be used after this error: neither is the connection broken nor the card misread."""
    return connection_good(error) and not isinstance(error, LostTrack)


def fired(error: CameraError) -> bool:
    """Whether the shutter has fired, or may have, although the release failed.

    True if the button was pressed but could not be released. Before the full press, releasing fails only if there was
    no focus, or if the press was refused with a text.
    """
    return error.kind is not FailureKind.AUTOFOCUS_FAILED and bool(_FIRED.search(error.reason))


def absent(error: CameraError, place: str) -> CameraError:
    """Turn an error of opening a network camera into "no camera answers at ``place``" if the connection failed."""
    if connection_good(error):
        return error
    return CameraError(
        f"no camera answers at {place}: switch it on, check its address and the network, and make sure that no other "
        f"program is connected to it ({error.reason})",
        kind=FailureKind.CAMERA_ABSENT,
        code=error.code,
    )


def _sentence(reason: str, call: str, quoted: str, code: int) -> str:
    quote = f'"{quoted}", ' if quoted else ""
    return f"{reason} ({quote}{call}, gphoto2 {code})"
