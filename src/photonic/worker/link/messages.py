"""What a camera process and its parent say to each other: typed MessagePack, no pickle where bytes can be corrupt.

The parent sends commands, the child sends events; every command has a ``request`` number and gets exactly one
``Done`` or ``Failed`` with it. Frames do not travel as messages: see ``worker.link.codec``.

Deadlines belong to the parent. Before each call into the camera library the child sends ``Calling`` with the longest
time that the call may take; the next ``Calling`` or ``Idle`` ends it. A call past its limit is a hung child: SIGKILL.
"""

from __future__ import annotations

import msgspec

from photonic.errors import FailureKind
from photonic.model.capture_options import CaptureOptions
from photonic.worker.link.card_messages import (
    CardListed,
    DeleteObject,
    FetchObjects,
    LeftOnCard,
    ListCard,
    ObjectsFetched,
    Unaccounted,
)
from photonic.worker.link.message import Integer, Message, Seconds
from photonic.worker.link.setting_messages import (
    ChangeSettings,
    Focus,
    LookAt,
    ReadSettings,
    SettingsRead,
    SettingsTold,
)


class Configure(Message, frozen=True):
    """First command, and after a ``CameraFault`` that is reopenable once more: open the camera.

    ``address`` is a port of the driver (``usb:SERIAL``, ``ptpip:HOST:PORT``, ``vusb:DIR``, ``auto``);
    ``capture_target`` is ``card`` (where there is one) or ``ram``; ``expected_serial``
    refuses another body at the same address; ``staging`` is where photos of the body's own button are staged
    (``None``: where the newest capture was). ``pending_restore``: a file for what captures have set and not set back
    yet, for the next process (``None``: not kept).
    """

    request: int
    address: str
    capture_target: str = "card"
    expected_serial: str | None = None
    profiles: Profiles | None = None
    staging: str | None = None
    pending_restore: str | None = None


class Profiles(Message, frozen=True):
    """Settings to hold during live view and during captures, named as in ``ChangeSettings``; others are left."""

    live: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    capture: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    exposure_mode: str | None = None
    disable_viewfinder_before_capture: bool = False


class ApplyProfiles(Message, frozen=True):
    """Hold these instead of those before, all or none (``Failed`` with BAD_INPUT)."""

    request: int
    profiles: Profiles


class StartPreview(Message, frozen=True):
    """Live view on, or started anew when it is stuck; ``epoch`` comes back in ``PreviewChanged``."""

    request: int


class StopPreview(Message, frozen=True):
    """Live view off."""

    request: int


class Capture(Message, frozen=True):
    """Take one still and stage each of its objects as a file in ``staging`` (absolute, on the photo root's disk).

    The settings in ``options`` take precedence over the profile's and are named as in ``ChangeSettings``.
    """

    request: int
    capture_id: str
    staging: str
    options: CaptureOptions = CaptureOptions()


class CancelCapture(Message, frozen=True):
    """Give up this capture if its shutter has not fired yet: it fails with CANCELLED then, and goes on otherwise.

    A bulb exposure ends now.

    Heard at once, also while the driver's thread is taking it; ``Done`` of this command says nothing of the outcome.
    """

    request: int
    capture_id: str


class Shutdown(Message, frozen=True):
    """Leave the camera in order (viewfinder off, session closed) and exit."""

    request: int


Result = SettingsRead | CardListed | ObjectsFetched
"""What a command can ask for."""


class Done(Message, frozen=True):
    """The command with this number has been carried out.

    ``result``: what the command asked for; ``None`` if it asks for nothing. It travels in the answer itself: in an
    event of its own it could be superseded by a later event before the caller has seen it.
    """

    request: int
    result: Result | None = None


class Failed(Message, frozen=True):
    """The command with this number was not carried out; ``code`` is the gphoto2 result where there is one."""

    request: int
    kind: FailureKind
    reason: str
    code: int | None = None
    field: str | None = None
    choices: tuple[str, ...] = ()


class Calling(Message, frozen=True):
    """The driver's thread enters a library call that may take ``limit_seconds`` at the most."""

    call: str
    limit_seconds: Seconds


class Idle(Message, frozen=True):
    """The driver's thread is in no library call."""


class CameraOpened(Message, frozen=True):
    """The camera is open. ``has_card``: stills can go to a card; ``capture_target``: where they do go.

    ``card``, ``ram``, or ``host``: the camera keeps none at any time, this computer makes them of its pictures.
    """

    serial: str
    model: str
    manufacturer: str
    version: str
    live_view: bool
    has_card: bool
    capture_target: str


class Facts(Message, frozen=True):
    """What the camera says of itself; sent when something changed. ``battery`` in percent, ``None`` where unknown.

    ``power_off_seconds``: unused for so long, it switches itself off; 0: never.
    """

    battery: int | None = None
    storage_available: bool | None = None
    shots_available: int | None = None
    power_off_seconds: int | None = None


class PreviewChanged(Message, frozen=True):
    """Live view has changed: ``running`` comes with the first valid frame.

    ``state``: ``off``, ``starting``, ``running``, ``paused``, ``recovering`` or ``unsupported``; ``rung``: 0 or 1;
    ``resume_by_seconds``: a pause ends then at the latest; ``blocked``: why the open camera refuses live view.
    """

    state: str
    reason: str | None = None
    resume_by_seconds: Seconds | None = None
    rung: int = 0
    blocked: FailureKind | None = None


class CaptureProgressed(Message, frozen=True):
    """``phase``: ``preparing``, ``exposing`` or ``downloading``; ``remaining_seconds``: up to its deadline.

    ``exposure_seconds``: up to the end of a bulb exposure whose shutter is open; ``None``: none is.
    """

    capture_id: str
    phase: str
    remaining_seconds: Seconds
    exposure_seconds: Seconds | None = None


class Staged(Message, frozen=True):
    """One object of a still is whole in a staging file; flushing it to the disk is left to the parent.

    ``capture_id`` is ``None`` for a photo that the body's own button took. ``size_bytes`` is the camera's word, checked
    against the file. ``folder`` and ``name`` are the camera's path, ``taken_at`` its time by the camera's clock, in
    seconds. ``in_ram``: the camera has no copy of it.
    """

    capture_id: str | None
    path: str
    folder: str
    name: str
    size_bytes: Integer
    taken_at: Integer | None = None
    in_ram: bool = False


class Captured(Message, frozen=True):
    """Every object of the still is staged; ``Done`` of the command follows. The settings in force, as text.

    ``attempts``: how often the shutter was asked to fire; ``forced``: the photo was taken without autofocus.
    """

    capture_id: str
    iso: str | None = None
    shutter_speed: str | None = None
    aperture: str | None = None
    warning: str | None = None
    attempts: int = 1
    forced: bool = False


class CameraFault(Message, frozen=True):
    """The camera is not open any more. ``call`` names what failed.

    ``reopenable``: the process waits for another ``Configure``, and may open the camera anew (ladder rung 2); else it
    exits next.
    """

    kind: FailureKind
    reason: str
    code: int | None = None
    call: str | None = None
    reopenable: bool = False


class Note(Message, frozen=True):
    """One line for the log, level ``debug``, ``info``, ``warning`` or ``error``."""

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
    | SettingsTold
    | CameraFault
    | Note
)
