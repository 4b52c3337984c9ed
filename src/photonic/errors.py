"""Every error that photonic raises on purpose, in one tree::

    PhotonicError
    ├── BadInput               the caller's words are off; nothing was changed (HTTP 422, exit code 2)
    ├── BeyondGuests           a guest asked for more than guests may: field, limit (HTTP 403)
    ├── ProtocolError          bytes from the other side break a rule of their protocol
    ├── IllegalTransition      an event came that the state machine has no arrow for; nothing was changed
    ├── CameraError            the camera, or the process that owns it, failed: kind, reason, code
    ├── CaptureError           one capture failed: kind, reason; the camera may be fine
    ├── StorageError           the photo root refused: kind, reason
    ├── EndOfStream            the service has ended a viewer's live view on purpose: its connection is to be closed
    └── ServiceError           what a service answered to our client, or that it did not: status, kind, reason

An error says what failed, why, and what to do. Foreign errors (gphoto2, sockets, SQLite) become one of these at one
seam each, with the cause kept as ``__cause__``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class FailureKind(StrEnum):
    """Why something failed, as it stands on the wire (``error_type``, and the tail of a problem's ``type``)."""

    AUTOFOCUS_FAILED = "autofocus_failed"
    CAMERA_BUSY = "camera_busy"
    NO_CARD = "no_card"
    CANCELLED = "cancelled"
    QUEUE_FULL = "queue_full"
    CAMERA_FAULT = "camera_fault"
    CAMERA_ABSENT = "camera_absent"
    BLOCKED = "blocked"
    BATTERY_LOW = "battery_low"
    DISCONNECTED = "disconnected"
    SHUTTING_DOWN = "shutting_down"
    TIMEOUT = "timeout"
    HOST_STORAGE_FULL = "host_storage_full"
    HOST_STORAGE_UNUSABLE = "host_storage_unusable"
    CAMERA_STORAGE_FULL = "camera_storage_full"
    INDEX_UNREAD = "index_unread"
    NOT_SUPPORTED = "not_supported"
    BAD_INPUT = "bad_input"
    NOT_FOUND = "not_found"
    PHOTO_UNREADABLE = "photo_unreadable"


class PhotonicError(Exception):
    """The root: catching it catches everything that photonic raises on purpose."""


class BadInput(PhotonicError, ValueError):
    """A value that cannot be used; nothing was changed.

    ``field`` names the value (``None``: the input as a whole); ``choices`` are what would be taken, if that is a list.
    """

    def __init__(self, reason: str, *, field: str | None = None, choices: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.choices = tuple(choices)


class BeyondGuests(PhotonicError):
    """A guest asked for more than guests may; with the operator's PIN it would be taken.

    ``field`` names the value, ``limit`` is the most that is taken.
    """

    def __init__(self, reason: str, *, field: str, limit: float) -> None:
        self.reason = f"{reason}; the operator's PIN lifts the limit"
        super().__init__(self.reason)
        self.field = field
        self.limit = limit


class ProtocolError(PhotonicError):
    """Bytes that break a rule of their protocol; the connection that brought them is of no further use."""


class IllegalTransition(PhotonicError):
    """A state machine has no arrow for this event; the machine is unchanged."""

    def __init__(self, state: object, event: object) -> None:
        super().__init__(f"no transition from {state} on {event}")
        self.state = state
        self.event = event


class CameraError(PhotonicError):
    """The camera, or the process that owns it, failed.

    ``code`` is the gphoto2 result code where the library gave one (``-7``, ``-110``), else ``None``.
    """

    def __init__(self, reason: str, *, kind: FailureKind = FailureKind.CAMERA_FAULT, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.code = code


class CaptureError(PhotonicError):
    """One capture failed; live view and the next capture are not affected."""

    def __init__(self, reason: str, *, kind: FailureKind) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class StorageError(PhotonicError):
    """The photo root cannot take a photo: full, read-only, not a directory, or a path that leaves it."""

    def __init__(self, reason: str, *, kind: FailureKind = FailureKind.HOST_STORAGE_UNUSABLE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class EndOfStream(PhotonicError):
    """The service has ended a viewer's live view on purpose; the text says why."""


class ServiceError(PhotonicError):
    """What a service answered to a client of ours.

    ``status`` is the HTTP status, ``None`` when no answer came; ``kind`` is the problem's type tail, ``None`` when the
    answer was no problem body of ours.
    """

    def __init__(self, reason: str, *, status: int | None = None, kind: FailureKind | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.kind = kind
