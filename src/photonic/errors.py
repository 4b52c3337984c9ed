"""Every error that photonic raises on purpose, in one tree::

    PhotonicError
    ├── BadInput               a value cannot be used; nothing was changed (HTTP 422, exit code 2)
    ├── BeyondGuests           a guest exceeded a limit for guests: field, limit (HTTP 403)
    ├── TooSoonForGuest        a guest took too many photos in a minute: wait_seconds (HTTP 429)
    ├── ProtocolError          received bytes violate their protocol
    ├── IllegalTransition      the state machine has no transition for an event; nothing was changed
    ├── CameraError            the camera, or the process that owns it, failed: kind, reason, code
    ├── CaptureError           one capture failed: kind, reason; the camera may be fine
    ├── StorageError           the photo root cannot take a photo: kind, reason
    ├── CheckNotMade           the service has answered, but does not come to the end of a check of stored photos
    ├── EndOfStream            the service ended a viewer's live view on purpose; the connection must be closed
    └── ServiceError           the client got an error from the service, or no response: status, kind, reason
        └── AccessRefused      the service refuses access (401, 403): what_to_do

An error says what failed, why, and what to do. Errors of libraries (gphoto2, sockets, SQLite) are each converted in one
place, and kept as ``__cause__``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


HTTP_UNAUTHORIZED = 401
HTTP_FORBIDDEN = 403


class FailureKind(StrEnum):
    """Why something failed, with its value in the API (``error_type``, and the last part of a problem's ``type``)."""

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
    """The base class: catching it catches everything that photonic raises on purpose."""


class BadInput(PhotonicError, ValueError):
    """A value that cannot be used; nothing was changed.

    ``field``: the name of the value; ``None``: the input as a whole. ``choices``: the possible values, if listed.
    """

    def __init__(self, reason: str, *, field: str | None = None, choices: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.choices = tuple(choices)


class BeyondGuests(PhotonicError):
    """A guest exceeded a limit for guests.

    ``field``: the name of the value; ``limit``: the largest value for guests. ``pin_lifts``: whether the operator's PIN
    lifts the limit.
    """

    def __init__(self, reason: str, *, field: str, limit: float, pin_lifts: bool = False) -> None:
        self.reason = f"{reason}; the operator's PIN lifts the limit" if pin_lifts else reason
        super().__init__(self.reason)
        self.field = field
        self.limit = limit
        self.pin_lifts = pin_lifts


class TooSoonForGuest(PhotonicError):
    """A guest took as many photos as guests may take in a minute. ``wait_seconds``: until it may take this one."""

    def __init__(self, reason: str, *, wait_seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_seconds = wait_seconds


class ProtocolError(PhotonicError):
    """Received bytes violate their protocol; their connection is unusable from then on."""


class IllegalTransition(PhotonicError):
    """A state machine has no transition for this event; the machine is unchanged."""

    def __init__(self, state: object, event: object) -> None:
        super().__init__(f"no transition from {state} on {event}")
        self.state = state
        self.event = event


class CameraError(PhotonicError):
    """The camera, or the process that owns it, failed.

    ``code``: the result code of libgphoto2 (``-7``, ``-110``); ``None``: the failure has none.
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
    """The service ended a viewer's live view on purpose; the text says why."""


class ServiceError(PhotonicError):
    """The client got an error from the service, or no response.

    ``status``: the HTTP status; ``None``: no response. ``kind``: from the problem's ``type``; ``None``: the response
    was not a problem of photonic. ``retry_after_seconds``: how long the service asks to wait; ``None``: it does not
    say.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        kind: FailureKind | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.kind = kind
        self.retry_after_seconds = retry_after_seconds


class CheckNotMade(PhotonicError):
    """The service has answered, but does not come to the end of a check of the stored photos."""


class AccessRefused(ServiceError):
    """The service refuses access: 401 (no valid right) or 403 (the right is too small); repeating it does not help.

    ``what_to_do``: the step that helps, for people.
    """

    @property
    def what_to_do(self) -> str:
        """The step that helps."""
        if self.status == HTTP_UNAUTHORIZED:
            return "make a token on the service's machine with `photonic token add NAME`, and pass it as token"
        return "use a token whose role may do this; `photonic token add NAME --role operator` makes one"
