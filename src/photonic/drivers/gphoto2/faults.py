"""What the library's result codes and context texts mean to a photographer.

Codes: ``gphoto2-result.h`` and ``gphoto2-port-result.h`` of libgphoto2 2.5.34. The same -1 covers a failed autofocus, a
hot sensor and an empty battery: only the context text tells them apart, so texts are looked at first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

GENERIC = -1
BAD_PARAMETERS = -2
NO_MEMORY = -3
NOT_SUPPORTED = -6
IO = -7
TIMEOUT = -10
BUSY = -110

FOCUS_ADVICE = "point at something with contrast, give it light, or focus by hand"

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
            "the camera has no card that it can write to; put one in, or capture to RAM",
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
            "the camera holds a photo that was not fetched yet; it is fetched between frames",
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

_LETTING_GO = re.compile(r"(Full|Half)-Release failed")
"""Canon: the texts of ``camera_trigger_canon_eos_capture`` after the full press (2.5.34 ``library.c``)."""

CODES: dict[int, tuple[FailureKind, str]] = {
    -1: (FailureKind.CAMERA_FAULT, "the camera refused and gave no reason"),
    -2: (FailureKind.CAMERA_FAULT, "the camera does not know this request (or it was just unplugged)"),
    -3: (FailureKind.CAMERA_STORAGE_FULL, "the camera has no room for another photo; change the card or delete photos"),
    -4: (FailureKind.CAMERA_FAULT, "libgphoto2 could not load its camera driver; reinstall photonic"),
    -5: (FailureKind.CAMERA_ABSENT, "there is no such port; check the camera's address"),
    -6: (FailureKind.NOT_SUPPORTED, "the camera cannot do this"),
    -7: (FailureKind.CAMERA_FAULT, "the connection to the camera broke; check the cable or the network"),
    -10: (
        FailureKind.TIMEOUT,
        "the camera did not answer in time; check that it is on and the cable or network is good",
    ),
    -31: (FailureKind.CAMERA_FAULT, "the port could not be set up; check the cable"),
    -34: (FailureKind.CAMERA_FAULT, "reading from the camera failed; check the cable or the network"),
    -35: (FailureKind.CAMERA_FAULT, "writing failed on the way from or to the camera"),
    -51: (FailureKind.CAMERA_FAULT, "the USB connection stalled; plug the camera in anew"),
    -52: (FailureKind.CAMERA_ABSENT, "the camera is gone from USB; switch it on and plug it in"),
    -53: (
        FailureKind.BLOCKED,
        "another program holds the camera; close it (on a desktop: gio mount -s gphoto2)",
    ),
    -60: (FailureKind.BLOCKED, "another program has locked the camera's port; close it"),
    -102: (FailureKind.CAMERA_FAULT, "the camera sent data that makes no sense"),
    -105: (FailureKind.CAMERA_ABSENT, "no camera answers there; it is off, asleep or unplugged: switch it on"),
    -107: (FailureKind.CAMERA_FAULT, "the camera does not know that folder any more"),
    -108: (FailureKind.CAMERA_FAULT, "the camera does not know that file any more"),
    -110: (FailureKind.CAMERA_BUSY, "the camera is busy; try again in a moment"),
    -112: (FailureKind.CANCELLED, "the camera cancelled the request"),
    -113: (FailureKind.CAMERA_FAULT, "the camera reported an error of its own; look at its display"),
    -114: (FailureKind.CAMERA_FAULT, "the operating system refused; see the log"),
    -115: (FailureKind.CAMERA_STORAGE_FULL, "the camera's card is full; change it or delete photos"),
}

PASSING = frozenset({GENERIC, BUSY})
"""Codes after which the same session may well work again: retry, then restart live view (ladder rungs 0 and 1)."""

REFUSALS = frozenset({GENERIC, BAD_PARAMETERS, NO_MEMORY, NOT_SUPPORTED, BUSY, -107, -108, -112, -113, -115})
"""Codes with which the camera answers "no" over a connection that is still good."""


def classify(code: int, texts: Sequence[str], call: str) -> CameraError:
    """The error for result ``code`` of the library's ``call``, with the context ``texts`` it gave meanwhile.

    The reason says what happened and what to do, and quotes the library's last words where there are any.
    """
    said = "; ".join(text.strip().rstrip(".") for text in texts if text.strip())
    for pattern, kind, reason in TEXTS:
        if pattern.search(said):
            return CameraError(_sentence(reason, call, said, code), kind=kind, code=code)
    kind, reason = CODES.get(code, (FailureKind.CAMERA_FAULT, "the camera library failed"))
    return CameraError(_sentence(reason, call, said, code), kind=kind, code=code)


def connection_good(error: CameraError) -> bool:
    """Whether the session can be used after this error; ``False``: only a new one helps."""
    return error.code is None or error.code in REFUSALS


def fired(error: CameraError) -> bool:
    """Whether the shutter has fired, or may have, although the release failed: the button was down, and not let go.

    Half-release fails before the full press only where there was no focus, or the press was refused in words.
    """
    return error.kind is not FailureKind.AUTOFOCUS_FAILED and bool(_LETTING_GO.search(error.reason))


def absent(error: CameraError, place: str) -> CameraError:
    """The same failure of an opening over a network, for who looks for the camera: there is nobody at that place."""
    if connection_good(error):
        return error
    return CameraError(
        f"no camera answers at {place}: switch it on and check its address, the network and that no other program "
        f"is connected to it ({error.reason})",
        kind=FailureKind.CAMERA_ABSENT,
        code=error.code,
    )


def _sentence(reason: str, call: str, said: str, code: int) -> str:
    quoted = f'"{said}", ' if said else ""
    return f"{reason} ({quoted}{call}, gphoto2 {code})"
