"""The faults of a simulated camera: their names, and what ``amount`` and ``times`` mean for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultName(StrEnum):
    """What can be wrong, and what of it the camera's client sees."""

    # Viewfinder.
    VIEWFINDER_NOT_READY = "viewfinder_not_ready"
    """0xA102 instead of a frame, however often it is asked."""

    EMPTY_FRAME = "empty_frame"
    """Success, and no data."""

    TRUNCATED_FRAME = "truncated_frame"
    """A JPEG that stops before its end mark (FFD9)."""

    PADDED_FRAME = "padded_frame"
    """A whole JPEG, and zeros behind its end mark."""

    ENDLESS_FRAME = "endless_frame"
    """Data with a record of length 0, on which libgphoto2 2.5.34 loops endlessly."""

    ZERO_RECORD = "zero_record"
    """A frame, and behind it a record of zeros, on which libgphoto2 2.5.34 loops endlessly too."""

    VAST_FRAME = "vast_frame"
    """A JPEG that claims 65500 x 65500 pixels."""

    FRAMES_STOP = "frames_stop"
    """Live view stops, and comes back only when it is switched off and on."""

    # Shots.
    BUSY_SHOT = "busy_shot"
    """0x2019 at the press; nothing is exposed."""

    AUTOFOCUS_FAILURE = "autofocus_failure"
    """The lens finds no focus."""

    SLOW_AUTOFOCUS = "slow_autofocus"
    """The lens looks for its focus so many seconds longer."""

    BUTTON = "button"
    """The button on the body is pressed."""

    RELEASE_REFUSED = "release_refused"
    """0x2002 if the client lets its shutter button go: the shutter stays open."""

    BUTTON_HELD = "button_held"
    """A client that goes leaves its shutter button down: the shutter stays open until another one lets it go."""
    FILM = "film"
    """A film is recorded on the body: stored on the card, with an event, when the fault begins."""

    # Photos.
    LATE_EVENTS = "late_events"
    """A photo's event is ``amount`` seconds late."""

    SHUFFLED_EVENTS = "shuffled_events"
    """Events arrive in a different order from what happened."""

    UNTOLD_END = "untold_end"
    """The event at a shot's end is missing: libgphoto2 2.5.34 considers the camera busy from then on."""

    LATE_TWIN = "late_twin"
    """The second file of a RAW+JPEG shot is written so many seconds late."""

    PADDED_PHOTO = "padded_photo"
    """A JPEG file with a line end and zeros behind its end mark."""

    SLOW_STORAGE = "slow_storage"
    """Writing a photo takes so many times as long."""

    RAM_FULL = "ram_full"
    """No photo fits the RAM: none is shot for a client that wants it there."""

    CARD_FULL = "card_full"
    """No photo fits the card."""

    CARD_MISSING = "card_missing"
    """The card is out."""

    CARD_READ_ONLY = "card_read_only"
    """The card's lock is shut: nothing is written to it, nothing deleted."""

    SECOND_CARD_SILENT = "second_card_silent"
    """Files on the second card cause no event."""

    LATIN1_FILE = "latin1_file"
    """A computer has put a photo on the card whose name is Latin-1 and no UTF-8: ``\xdcBER0001.JPG``."""

    # Settings.
    LATIN1_TEXT = "latin1_text"
    """Owner, artist and copyright are Latin-1 and no UTF-8: ``J\xf6rg``."""

    ODD_MODEL = "odd_model"
    """The model's name in DeviceInfo has an umlaut and half a UTF-16 pair."""

    SLOW_SETTINGS = "slow_settings"
    """Requests about settings are answered ``amount`` seconds late."""

    UNSUPPORTED = "unsupported"
    """An operation that the camera lists is answered with 0x2005."""

    NO_VIEWFINDER = "no_viewfinder"
    """No live view: its operations are not listed, and answered with 0x2005."""
    SLOW_TRANSFER = "slow_transfer"
    """Files are transferred at ``amount`` megabytes a second."""

    # Power and heat.
    BATTERY_LOW = "battery_low"
    """The battery is nearly empty (so many percent left); at 0 the camera is off."""

    HEAT = "heat"
    """Too hot: live view stops and is refused."""

    SLEEP = "sleep"
    """The camera goes to sleep, until its button is pressed or the fault is cleared."""

    # The wire.
    DRIP = "drip"
    """Answers go out one byte a second."""

    MUTE = "mute"
    """No answer at all, and nothing is closed: a half-open link."""

    UNPLUG = "unplug"
    """Connections are cut, and refused."""

    CUT_TRANSFER = "cut_transfer"
    """The connection is cut in the middle of a data phase, after so many bytes of it."""

    STRANDED_DATA = "stranded_data"
    """A data phase stops half-way; nothing more is answered on that connection, and nothing is closed."""

    WRONG_TRANSACTION = "wrong_transaction"
    """Responses carry the number of another transaction."""

    GARBLE = "garble"
    """Whatever the camera sends is mutated: bytes turned, lengths made extreme, tables cut off or repeated."""

    HALF_OPEN = "half_open"
    """No answer, nothing closed, and no new connection taken."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be said about a fault besides when it is on.

    ``amount`` says what its amount is (``None``: it takes none), ``usual`` is the amount if none is given, ``most``
    the largest. ``counts`` says what it strikes, one at a time (``None``: it is a state, and strikes nothing that could
    be counted); ``times`` is how many of them if nothing is said (``None``: all, while it is on).
    """

    amount: str | None = None
    usual: float = 0.0
    most: float = 3600.0
    counts: str | None = None
    times: int | None = None


_STATE = Kind()
_FRAMES = Kind(counts="frames")
_TRANSFERS = Kind(amount="bytes of data that go out before it", usual=1000, most=1e9, counts="transfers", times=1)

KINDS: dict[FaultName, Kind] = {
    FaultName.VIEWFINDER_NOT_READY: Kind(counts="answers"),
    FaultName.EMPTY_FRAME: _FRAMES,
    FaultName.TRUNCATED_FRAME: Kind(amount="share of the frame that is left", usual=0.5, most=0.99, counts="frames"),
    FaultName.PADDED_FRAME: Kind(amount="bytes behind its end", usual=2, most=1e6, counts="frames"),
    FaultName.ENDLESS_FRAME: _FRAMES,
    FaultName.ZERO_RECORD: _FRAMES,
    FaultName.VAST_FRAME: _FRAMES,
    FaultName.FRAMES_STOP: Kind(counts="switchings on of the viewfinder until it is over", times=1),
    FaultName.BUSY_SHOT: Kind(counts="presses"),
    FaultName.AUTOFOCUS_FAILURE: Kind(counts="half presses"),
    FaultName.SLOW_AUTOFOCUS: Kind(amount="seconds more", usual=5, counts="half presses"),
    FaultName.BUTTON: Kind(amount="seconds until the press"),
    FaultName.RELEASE_REFUSED: Kind(counts="releases"),
    FaultName.BUTTON_HELD: _STATE,
    FaultName.FILM: Kind(amount="megabytes", usual=100, most=4000),
    FaultName.LATE_EVENTS: Kind(amount="seconds late", usual=3, counts="files"),
    FaultName.SHUFFLED_EVENTS: Kind(counts="shots"),
    FaultName.UNTOLD_END: Kind(counts="shots"),
    FaultName.LATE_TWIN: Kind(amount="seconds late", usual=3, counts="shots"),
    FaultName.PADDED_PHOTO: Kind(amount="bytes behind its end", usual=2, most=1e6, counts="shots"),
    FaultName.SLOW_STORAGE: Kind(amount="times as long", usual=10, counts="shots"),
    FaultName.LATIN1_FILE: _STATE,
    FaultName.LATIN1_TEXT: _STATE,
    FaultName.ODD_MODEL: _STATE,
    FaultName.SLOW_SETTINGS: Kind(amount="seconds late", usual=2, counts="answers"),
    FaultName.UNSUPPORTED: Kind(amount="code of the operation", usual=0x911D, most=0xFFFF, counts="requests"),
    FaultName.NO_VIEWFINDER: _STATE,
    FaultName.RAM_FULL: _STATE,
    FaultName.CARD_FULL: _STATE,
    FaultName.CARD_MISSING: _STATE,
    FaultName.CARD_READ_ONLY: _STATE,
    FaultName.SECOND_CARD_SILENT: Kind(counts="files"),
    FaultName.SLOW_TRANSFER: Kind(amount="megabytes a second", usual=25, most=10_000),
    FaultName.BATTERY_LOW: Kind(amount="percent left", usual=4, most=100),
    FaultName.HEAT: _STATE,
    FaultName.SLEEP: _STATE,
    FaultName.DRIP: _STATE,
    FaultName.MUTE: _STATE,
    FaultName.UNPLUG: _STATE,
    FaultName.CUT_TRANSFER: _TRANSFERS,
    FaultName.STRANDED_DATA: _TRANSFERS,
    FaultName.WRONG_TRANSACTION: Kind(amount="added to the number; 0: the one before", counts="responses", times=1),
    FaultName.GARBLE: Kind(amount="seed of the first mutation; the next has one more", most=1e9, counts="answers"),
    FaultName.HALF_OPEN: _STATE,
}
