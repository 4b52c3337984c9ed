"""The messages between a camera process and its parent: typed MessagePack, since pickle is unsafe on corrupt bytes.

The parent sends commands, the child sends events. Every command has a ``request`` number and gets exactly one ``Done``
or ``Failed`` with it. ``Staged`` and ``Captured`` are events of their own, because they remain valid even if their
command then fails. Frames do not travel as messages: see ``worker.link.codec``.

The parent enforces deadlines. Before each call into the camera library the child sends ``Calling`` with the longest
time that the call may take; the next ``Calling`` or ``Idle`` ends it. A child past that limit has hung: SIGKILL.
"""

from __future__ import annotations

import msgspec

from photonic.errors import FailureKind
from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
from photonic.model.exposure_end import ExposureEnd
from photonic.worker.link.card_messages import (
    CardListed,
    DeleteObject,
    FetchObjects,
    LeftOnCard,
    ListCard,
    ObjectsFetched,
    Unaccounted,
)
from photonic.worker.link.message import Integer, Message, Seconds, Sha256
from photonic.worker.link.setting_messages import (
    ChangeSettings,
    Focus,
    LookAt,
    ReadSettings,
    SettingsChanged,
    SettingsRead,
)


class Configure(Message, frozen=True):
    """Open the camera: the first command, sent again after a reopenable ``CameraFault``.

    ``address``: a port of the driver (``usb:SERIAL``, ``ptpip:HOST:PORT``, ``vusb:DIR``, ``auto``).
    ``capture_target``: ``card`` (used if there is one) or ``ram``. ``expected_serial``: refuse another body at the same
    address; ``None``: accept any. ``profiles``: settings to hold; ``None``: none. ``staging``: folder for photos taken
    with the body's own button; ``None``: that of the latest capture. ``pending_restore``: file that records for the
    next process which settings a capture still has to restore; ``None``: not recorded.
    """

    request: int
    address: str
    capture_target: str = "card"
    expected_serial: str | None = None
    profiles: Profiles | None = None
    staging: str | None = None
    pending_restore: str | None = None


class Profiles(Message, frozen=True):
    """Settings to hold during live view and during captures, named as in ``ChangeSettings``; others are unchanged."""

    live: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    capture: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    exposure_mode: str | None = None
    disable_viewfinder_before_capture: bool = False


class ApplyProfiles(Message, frozen=True):
    """Hold these settings instead of the previous ones, all or none (``Failed`` with BAD_INPUT)."""

    request: int
    profiles: Profiles


class StartPreview(Message, frozen=True):
    """Start live view, or restart it if it is stuck; ``PreviewChanged`` reports the effect."""

    request: int


class StopPreview(Message, frozen=True):
    """Stop live view."""

    request: int


class Capture(Message, frozen=True):
    """Take one still and stage each of its objects as a file in ``staging`` (absolute, on the photo root's disk).

    The settings in ``options`` take precedence over the profile's and are named as in ``ChangeSettings``. ``earlier``:
    a photo that arrived from this camera, perhaps in an earlier process.
    """

    request: int
    capture_id: str
    staging: str
    options: CaptureOptions = CaptureOptions()
    earlier: ArrivedPhoto | None = None


class CancelCapture(Message, frozen=True):
    """Cancel this capture if its shutter has not fired yet: it then fails with CANCELLED; otherwise it goes on.

    Ends a bulb exposure. Takes effect at once, even while the driver's thread is taking the capture; the ``Done`` of
    this command does not report the outcome.
    """

    request: int
    capture_id: str


class Shutdown(Message, frozen=True):
    """Close the camera properly (viewfinder off, session closed) and exit."""

    request: int


Result = SettingsRead | CardListed | ObjectsFetched
"""The types of results that commands have."""


class Done(Message, frozen=True):
    """The command with this number has been executed.

    ``result``: the command's result; ``None`` if it has none. It is part of the answer, since a separate event could be
    superseded by a later one before the caller has seen it.
    """

    request: int
    result: Result | None = None


class Failed(Message, frozen=True):
    """The command with this number failed.

    ``code``: the gphoto2 result; ``None``: there is none. ``field``, ``choices``: which value was rejected, and the
    accepted ones.
    """

    request: int
    kind: FailureKind
    reason: str
    code: int | None = None
    field: str | None = None
    choices: tuple[str, ...] = ()


class Calling(Message, frozen=True):
    """The driver's thread is entering a library call that may take at most ``limit_seconds``."""

    call: str
    limit_seconds: Seconds


class Idle(Message, frozen=True):
    """The driver's thread is not in a library call; also sent as a sign of life."""


class CameraOpened(Message, frozen=True):
    """The camera is open.

    ``has_card``: stills can be saved to a card. ``capture_target``: where they are saved: ``card``, ``ram`` or ``host``
    (not in the camera: this computer takes them from its frames). ``usb_port``: the kernel's name of the port that it
    is plugged into (``1-4.2``); ``None``: not on USB.
    """

    serial: str
    model: str
    manufacturer: str
    version: str
    live_view: bool
    has_card: bool
    capture_target: str
    usb_port: str | None = None


class Facts(Message, frozen=True):
    """The camera's state; sent when any field has changed. ``None``: unknown.

    ``battery``: in percent. ``power_off_seconds``: idle time until the camera switches itself off; 0: never.
    """

    battery: int | None = None
    storage_available: bool | None = None
    shots_available: int | None = None
    power_off_seconds: int | None = None


class PreviewChanged(Message, frozen=True):
    """The state of live view has changed.

    ``state``: ``off``, ``starting``, ``running`` (since the first valid frame), ``paused``, ``recovering`` or
    ``unsupported``. ``reason``: for people. ``resume_by_seconds``: longest time until a pause ends. ``rung``: of the
    recovery ladder, 0 or 1. ``blocked``: why the open camera refuses live view; ``None``: it does not.
    """

    state: str
    reason: str | None = None
    resume_by_seconds: Seconds | None = None
    rung: int = 0
    blocked: FailureKind | None = None


class CaptureProgressed(Message, frozen=True):
    """A capture has progressed.

    ``phase``: ``preparing``, ``exposing`` or ``downloading``. ``remaining_seconds``: until the capture's deadline.
    ``exposure_seconds``: until the end of a bulb exposure in progress; ``None``: there is none. ``exposed_from``: what
    told that the exposure is over; ``None``: it may not be.
    """

    capture_id: str
    phase: str
    remaining_seconds: Seconds
    exposure_seconds: Seconds | None = None
    exposed_from: ExposureEnd | None = None


class Staged(Message, frozen=True):
    """One object of a still is complete in a staging file; the parent flushes it to disk.

    ``capture_id``: ``None`` for a photo taken with the body's own button. ``size_bytes``: as the camera reports it,
    checked against the file. ``sha256``: of the bytes as they came from the camera; whatever is read from a disk later
    is compared with it. ``folder``, ``name``: the camera's path. ``taken_at``: by the camera's clock, in seconds;
    ``None``: unknown. ``in_ram``: the camera keeps no copy.
    """

    capture_id: str | None
    path: str
    folder: str
    name: str
    size_bytes: Integer
    sha256: Sha256
    taken_at: Integer | None = None
    in_ram: bool = False


class Captured(Message, frozen=True):
    """Every object of the still is staged; the ``Done`` of the command follows.

    ``iso``, ``shutter_speed``, ``aperture``: the settings in force, as text; ``None``: unknown. ``warning``: text.
    ``attempts``: how often the shutter was released. ``forced``: the photo was taken without autofocus. ``owed``: so
    many of the stills, the first ones, may be late ones of earlier captures.
    """

    capture_id: str
    iso: str | None = None
    shutter_speed: str | None = None
    aperture: str | None = None
    warning: str | None = None
    attempts: int = 1
    forced: bool = False
    owed: int = 0


class CameraFault(Message, frozen=True):
    """The camera is no longer open.

    ``code``: the gphoto2 result; ``None``: there is none. ``reopenable``: the process waits for another ``Configure``
    and can reopen the camera (ladder rung 2); otherwise it exits next.
    """

    kind: FailureKind
    reason: str
    code: int | None = None
    reopenable: bool = False


class Note(Message, frozen=True):
    """A line for the log; ``level``: ``debug``, ``info``, ``warning`` or ``error``."""

    level: str
    text: str


Command = (
    Configure
    | ApplyProfiles
    | StartPreview
    | StopPreview
    | Capture
    | CancelCapture
    | ListCard
    | FetchObjects
    | DeleteObject
    | ReadSettings
    | ChangeSettings
    | Focus
    | LookAt
    | Shutdown
)
Event = (
    Done
    | Failed
    | Calling
    | Idle
    | CameraOpened
    | Facts
    | PreviewChanged
    | CaptureProgressed
    | Staged
    | Captured
    | LeftOnCard
    | Unaccounted
    | SettingsChanged
    | CameraFault
    | Note
)
