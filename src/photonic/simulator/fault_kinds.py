"""The faults of a simulated camera: their names, and what ``amount`` and ``times`` mean for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultName(StrEnum):
    """The faults, each with what the camera's client sees of it."""

    # Viewfinder.
    VIEWFINDER_NOT_READY = "viewfinder_not_ready"
    """0xA102 instead of a frame, for each request."""

    EMPTY_FRAME = "empty_frame"
    """Success without data."""

    TRUNCATED_FRAME = "truncated_frame"
    """A JPEG truncated before its end marker (FFD9)."""

    PADDED_FRAME = "padded_frame"
    """A complete JPEG, followed by zeros."""

    ENDLESS_FRAME = "endless_frame"
    """A record of length 0, on which libgphoto2 2.5.34 loops forever."""

    ZERO_RECORD = "zero_record"
    """A frame followed by a record of zeros, on which libgphoto2 2.5.34 also loops forever."""

    VAST_FRAME = "vast_frame"
    """A JPEG that claims 65500 x 65500 pixels."""

    FRAMES_STOP = "frames_stop"
    """Live view stops, and resumes only after it has been switched off and on."""

    # Shots.
    BUSY_SHOT = "busy_shot"
    """0x2019 at the press; nothing is exposed."""

    AUTOFOCUS_FAILURE = "autofocus_failure"
    """The lens cannot focus."""

    SLOW_AUTOFOCUS = "slow_autofocus"
    """Focusing takes ``amount`` seconds longer."""

    BUTTON = "button"
    """The button on the body is pressed."""

    RELEASE_REFUSED = "release_refused"
    """0x2002 when the client releases the shutter button: the shutter stays open."""

    BUTTON_HELD = "button_held"
    """A client that disconnects leaves the shutter button pressed, until another client releases it."""
    FILM = "film"
    """A film is recorded on the body: stored on the card, with an event, when the fault begins."""

    # Photos.
    LATE_EVENTS = "late_events"
    """The event of a photo is ``amount`` seconds late."""

    SHUFFLED_EVENTS = "shuffled_events"
    """The events of a shot arrive in reverse order."""

    UNTOLD_END = "untold_end"
    """The event at a shot's end is missing: libgphoto2 2.5.34 considers the camera busy from then on."""

    LATE_TWIN = "late_twin"
    """The second file of a RAW+JPEG shot is written ``amount`` seconds late."""

    PADDED_PHOTO = "padded_photo"
    """A JPEG file with a line break and zeros after its end marker."""

    SLOW_STORAGE = "slow_storage"
    """Writing a photo takes ``amount`` times as long."""

    RAM_FULL = "ram_full"
    """The RAM is full: shots of clients that use it are refused."""

    CARD_FULL = "card_full"
    """The card is full."""

    CARD_MISSING = "card_missing"
    """The card is removed."""

    CARD_READ_ONLY = "card_read_only"
    """The card's write lock is on: nothing is written or deleted."""

    SECOND_CARD_SILENT = "second_card_silent"
    """Files on the second card cause no event."""

    LATIN1_FILE = "latin1_file"
    """A computer has copied a photo to the card whose name is in Latin-1: ``\xdcBER0001.JPG``."""

    # Settings.
    LATIN1_TEXT = "latin1_text"
    """Owner, artist and copyright are in Latin-1: ``J\xf6rg``."""

    ODD_MODEL = "odd_model"
    """The model name in DeviceInfo has an umlaut and half a UTF-16 surrogate pair."""

    SLOW_SETTINGS = "slow_settings"
    """Responses to requests for settings are ``amount`` seconds late."""

    UNSUPPORTED = "unsupported"
    """0x2005 for an operation that the camera lists."""

    NO_VIEWFINDER = "no_viewfinder"
    """No live view: its operations are neither listed nor supported (0x2005)."""
    SLOW_TRANSFER = "slow_transfer"
    """Files are transferred at ``amount`` megabytes per second."""

    # Power and heat.
    BATTERY_LOW = "battery_low"
    """The battery has ``amount`` percent left; at 0 the camera is off."""

    HEAT = "heat"
    """Too hot: live view stops and is refused."""

    SLEEP = "sleep"
    """The camera goes to sleep, until its button is pressed or the fault is cleared."""

    # The wire.
    DRIP = "drip"
    """Responses are sent at one byte per second."""

    MUTE = "mute"
    """No responses, and nothing is closed; everything is answered when the fault ends."""

    UNPLUG = "unplug"
    """Connections are cut, and new ones refused."""

    CUT_TRANSFER = "cut_transfer"
    """The connection is cut inside a data phase, after ``amount`` bytes of it."""

    STRANDED_DATA = "stranded_data"
    """A data phase stops; that connection stays open, but never receives another response."""

    WRONG_TRANSACTION = "wrong_transaction"
    """A response has the number of another transaction."""

    GARBLE = "garble"
    """The camera's data is mutated: bits flipped, lengths made extreme, tables truncated or repeated."""

    HALF_OPEN = "half_open"
    """No responses, nothing closed, also for new connections; open ones never recover."""

    # USB. A body on the network ignores them.
    STALL_IN = "stall_in"
    """A transfer from the camera ends with a stall, and its endpoint is halted until the host clears it."""

    STALL_OUT = "stall_out"
    """A transfer to the camera ends with a stall, and its endpoint is halted until the host clears it."""

    LASTING_HALT = "lasting_halt"
    """Both bulk endpoints are halted, and clearing them has no effect; a reset of the port ends it."""

    PROTOCOL_ERROR = "protocol_error"
    """A transfer ends with EPROTO, as with a bad cable; its data is lost."""

    SHORT_READ = "short_read"
    """A transfer from the camera ends early, with a short packet; the rest is lost."""

    BABBLE = "babble"
    """A transfer from the camera ends with EOVERFLOW: a packet was too large; its data is lost."""

    NO_ZERO_PACKET = "no_zero_packet"
    """Data whose length is a multiple of the packet size is not ended by a packet of no bytes."""

    LATE_ZERO_PACKET = "late_zero_packet"
    """The packet of no bytes is ``amount`` seconds late."""

    CLAIMED = "claimed"
    """Another program has claimed the interface."""

    KERNEL_DRIVER = "kernel_driver"
    """A driver of the kernel is bound to the interface, until a program detaches it."""

    NO_PERMISSION = "no_permission"
    """No user may open the device file."""

    WEDGED = "wedged"
    """The camera accepts no transfer and sends nothing; a reset of the port ends it."""

    RESET_RENUMBERS = "reset_renumbers"
    """A reset of the port gives the camera another device number."""

    RESET_LOSES = "reset_loses"
    """A reset of the port makes the camera leave the bus, until it is plugged in again."""

    # Webcams.
    FLAGGED_FRAME = "flagged_frame"
    """The driver marks a frame as damaged (V4L2_BUF_FLAG_ERROR)."""

    NO_BANDWIDTH = "no_bandwidth"
    """The USB bandwidth does not suffice: the stream does not start (ENOSPC)."""

    CONTROL_STALL = "control_stall"
    """A control cannot be set (EIO)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The parameters of a fault other than its times.

    ``amount`` describes its amount (``None``: it has none), ``default`` and ``most`` are the default and the maximum.
    ``counts`` names what it affects, one at a time (``None``: it is a state, without occurrences to count). ``times``
    is the default number of occurrences (``None``: unlimited while it is active).
    """

    amount: str | None = None
    default: float = 0.0
    most: float = 3600.0
    counts: str | None = None
    times: int | None = None


_STATE = Kind()
_FRAMES = Kind(counts="frames")
_TRANSFERS = Kind(amount="bytes sent before the fault", default=1000, most=1e9, counts="transfers", times=1)

KINDS: dict[FaultName, Kind] = {
    FaultName.VIEWFINDER_NOT_READY: Kind(counts="answers"),
    FaultName.EMPTY_FRAME: _FRAMES,
    FaultName.TRUNCATED_FRAME: Kind(amount="share of the frame that remains", default=0.5, most=0.99, counts="frames"),
    FaultName.PADDED_FRAME: Kind(amount="bytes after the end of the frame", default=2, most=1e6, counts="frames"),
    FaultName.ENDLESS_FRAME: _FRAMES,
    FaultName.ZERO_RECORD: _FRAMES,
    FaultName.VAST_FRAME: _FRAMES,
    FaultName.FRAMES_STOP: Kind(counts="times live view must be restarted", times=1),
    FaultName.BUSY_SHOT: Kind(counts="presses"),
    FaultName.AUTOFOCUS_FAILURE: Kind(counts="half presses"),
    FaultName.SLOW_AUTOFOCUS: Kind(amount="additional seconds", default=5, counts="half presses"),
    FaultName.BUTTON: Kind(amount="seconds until the press"),
    FaultName.RELEASE_REFUSED: Kind(counts="releases"),
    FaultName.BUTTON_HELD: _STATE,
    FaultName.FILM: Kind(amount="megabytes", default=100, most=4000),
    FaultName.LATE_EVENTS: Kind(amount="seconds late", default=3, counts="files"),
    FaultName.SHUFFLED_EVENTS: Kind(counts="shots"),
    FaultName.UNTOLD_END: Kind(counts="shots"),
    FaultName.LATE_TWIN: Kind(amount="seconds late", default=3, counts="shots"),
    FaultName.PADDED_PHOTO: Kind(amount="bytes after the end of the photo", default=2, most=1e6, counts="shots"),
    FaultName.SLOW_STORAGE: Kind(amount="factor", default=10, counts="shots"),
    FaultName.LATIN1_FILE: _STATE,
    FaultName.LATIN1_TEXT: _STATE,
    FaultName.ODD_MODEL: _STATE,
    FaultName.SLOW_SETTINGS: Kind(amount="seconds late", default=2, counts="answers"),
    FaultName.UNSUPPORTED: Kind(amount="operation code", default=0x911D, most=0xFFFF, counts="requests"),
    FaultName.NO_VIEWFINDER: _STATE,
    FaultName.RAM_FULL: _STATE,
    FaultName.CARD_FULL: _STATE,
    FaultName.CARD_MISSING: _STATE,
    FaultName.CARD_READ_ONLY: _STATE,
    FaultName.SECOND_CARD_SILENT: Kind(counts="files"),
    FaultName.SLOW_TRANSFER: Kind(amount="megabytes per second", default=25, most=10_000),
    FaultName.BATTERY_LOW: Kind(amount="percent left", default=4, most=100),
    FaultName.HEAT: _STATE,
    FaultName.SLEEP: _STATE,
    FaultName.DRIP: _STATE,
    FaultName.MUTE: _STATE,
    FaultName.UNPLUG: _STATE,
    FaultName.CUT_TRANSFER: _TRANSFERS,
    FaultName.STRANDED_DATA: _TRANSFERS,
    FaultName.WRONG_TRANSACTION: Kind(
        amount="offset of the number; 0: the previous number", counts="responses", times=1
    ),
    FaultName.GARBLE: Kind(
        amount="seed of the first mutation, incremented for each further one", most=1e9, counts="answers"
    ),
    FaultName.HALF_OPEN: _STATE,
    FaultName.STALL_IN: Kind(counts="transfers", times=1),
    FaultName.STALL_OUT: Kind(counts="transfers", times=1),
    FaultName.LASTING_HALT: _STATE,
    FaultName.PROTOCOL_ERROR: Kind(counts="transfers", times=1),
    FaultName.SHORT_READ: Kind(counts="transfers", times=1),
    FaultName.BABBLE: Kind(counts="transfers", times=1),
    FaultName.NO_ZERO_PACKET: _STATE,
    FaultName.LATE_ZERO_PACKET: Kind(amount="seconds late", default=0.5, counts="packets"),
    FaultName.CLAIMED: _STATE,
    FaultName.KERNEL_DRIVER: _STATE,
    FaultName.NO_PERMISSION: _STATE,
    FaultName.WEDGED: _STATE,
    FaultName.RESET_RENUMBERS: Kind(counts="resets"),
    FaultName.RESET_LOSES: Kind(counts="resets", times=1),
    FaultName.FLAGGED_FRAME: _FRAMES,
    FaultName.NO_BANDWIDTH: _STATE,
    FaultName.CONTROL_STALL: Kind(counts="calls"),
}

_NAMES = list(FaultName)
_FIRST_ON_USB, _FIRST_OF_WEBCAMS = _NAMES.index(FaultName.STALL_IN), _NAMES.index(FaultName.FLAGGED_FRAME)
ON_USB = frozenset(_NAMES[_FIRST_ON_USB:_FIRST_OF_WEBCAMS])
"""The faults that only a body on USB has."""

OF_WEBCAMS = frozenset(_NAMES[_FIRST_OF_WEBCAMS:])
"""The faults that only a webcam has."""
