"""How long each event may keep viewers without a fresh frame, with reasons. In seconds.

An event explains a missing frame while it lasts and for its budget after its end. The times of the recovery ladder come
from the fault table in the documentation, those of a viewer's reconnection from ``SessionTimes``.
"""

from __future__ import annotations

from typing import Final

from photonic.simulator.faults import FaultName

FRESH_SECONDS: Final = 2.5
"""A frame is fresh when its picture is no older. Kernel buffers of two sockets and a busy machine take less."""

STEADY_SECONDS: Final = 4.0
"""No fresh frame for longer than this, with nothing to explain it, is a freeze: as long as a viewer waits before it
asks for the live view to be restarted (``SessionTimes.frame_seconds``). A capture of the fast body takes much less."""

TRUTH_SECONDS: Final = 7.0
"""How long the status may say "running" while no frame comes: the ladder's first rung (4 s) and the next snapshot."""

LIVE_SECONDS: Final = 5.5
"""How long a viewer may be told "live" without a frame: 4 s (session, invariant 12), the pace of samples, a tick."""

ANSWER_SECONDS: Final = 300.0
"""How long a user waits for the result of a photo, repeating the request with the same key."""

QUIET_SECONDS: Final = 90.0
"""After the last fault all is well within this: the longest budget, and what is left in the queues."""

RECONCILE_SECONDS: Final = 60.0
"""After a reconnection of the camera, missing photos must be in the index within this time."""

# A viewer's own link. The next dial is never further away than 4 s (allowance) or 5 s (delay), and takes up to 4 s
# where an earlier one hangs in a link that was mute.
_LINK: Final = 10.0
# A Python service starts (2-4 s beside other work), its camera process (2 s), opens the camera (up to 2.5 s where the
# camera still holds the dead session), viewers redial (up to 5 s).
_SERVICE: Final = 20.0
# The camera process starts (2 s) and opens the camera, after a delay of up to 10 s where several in a row failed.
_PROCESS: Final = 20.0
# As before; and the library first has to run into its fixed 2.5 s of PTP/IP, once for the call and once for its end.
_WIRE: Final = 25.0
# As before on USB: the call's deadline ends it, the port is reset, and a new process opens the camera.
_PORT: Final = 25.0
# Blocked conditions are polled every 10 to 30 s.
_BLOCKED: Final = 35.0

STARTED: Final = "service_started"
"""The start of a run, which is in no plan."""

OF_EVENTS: Final[dict[str, float]] = {
    "viewer_cut": _LINK,
    "viewer_mute": _LINK,
    "viewer_delay": _LINK,
    "viewer_throttle": _LINK,
    "viewer_turned_away": _LINK,
    "viewer_reopened": _LINK,
    # These do not affect frames.
    "user_cut": 0.0,
    "user_mute": 0.0,
    "user_delay": 0.0,
    "user_turned_away": 0.0,
    # The service answers already; its camera process starts, while all viewers and users dial at once.
    STARTED: 10.0,
    "service_killed": _SERVICE,
    "service_restarted": _SERVICE,
    "process_killed": _PROCESS,
    # The parent's deadline for the call ends it; it ends with the event.
    "process_stopped": _PROCESS,
    "disconnected": _PROCESS,
    "raw_and_jpeg": _PROCESS,
    # The camera is disconnected and reconnected, twice.
    "late_twin_and_button": _PROCESS,
    # A capture like another one, with three photos to be fetched.
    "continuous_drive": STEADY_SECONDS,
    # These do not affect frames.
    "second_disk_gone": 0.0,
    "clock_jump": 0.0,
    # A new process starts, and first releases the button that the previous one held.
    "killed_while_held": _PROCESS,
    # USB: the service hears of the cable at once, and opens the camera in a new session.
    "moved_to_another_port": _PROCESS,
    "hub_unplugged": _PROCESS,
    "plug_storm": _PROCESS,
    # The call's deadline, a reset of the port, and a new process.
    "wedged_and_renumbered": _PORT,
    "wedged_and_lost": _PORT,
    "opened_while_claimed": _BLOCKED,
    "opened_with_kernel_driver": _PROCESS,
}

_OF_FAULTS: Final[dict[FaultName, float]] = {
    FaultName.VIEWFINDER_NOT_READY: _PROCESS,
    FaultName.EMPTY_FRAME: _PROCESS,
    FaultName.TRUNCATED_FRAME: _PROCESS,
    # The library loops forever: the parent's deadline for the call ends it.
    FaultName.ZERO_RECORD: _PROCESS,
    FaultName.VAST_FRAME: _PROCESS,
    # All frames are complete.
    FaultName.PADDED_FRAME: 0.0,
    FaultName.FRAMES_STOP: _PROCESS,
    FaultName.ENDLESS_FRAME: _PROCESS,
    FaultName.BUSY_SHOT: STEADY_SECONDS,
    FaultName.AUTOFOCUS_FAILURE: STEADY_SECONDS,
    FaultName.SLOW_AUTOFOCUS: _PROCESS,
    FaultName.BUTTON: STEADY_SECONDS,
    # The shutter stays open until the release succeeds, which is retried up to forty times.
    FaultName.RELEASE_REFUSED: _PROCESS,
    # The film stays on the card, and live view continues.
    FaultName.FILM: 0.0,
    FaultName.LATE_EVENTS: STEADY_SECONDS,
    FaultName.SHUFFLED_EVENTS: STEADY_SECONDS,
    # The next capture waits 5 s before it prepares the camera again: live view is paused meanwhile, at most twice.
    FaultName.UNTOLD_END: 15.0,
    FaultName.LATE_TWIN: STEADY_SECONDS,
    # A capture takes longer, or has more files than the camera announces.
    FaultName.PADDED_PHOTO: STEADY_SECONDS,
    FaultName.SLOW_STORAGE: STEADY_SECONDS,
    FaultName.SLOW_TRANSFER: STEADY_SECONDS,
    FaultName.SECOND_CARD_SILENT: STEADY_SECONDS,
    # Nothing has to heal.
    FaultName.LATIN1_FILE: 0.0,
    FaultName.LATIN1_TEXT: 0.0,
    # A capture, or its preparation every 10 s, takes longer; pictures go on otherwise.
    FaultName.SLOW_SETTINGS: STEADY_SECONDS,
    FaultName.UNSUPPORTED: STEADY_SECONDS,
    # Live view stays off until the camera is reopened, at the end of the event.
    FaultName.NO_VIEWFINDER: _PROCESS,
    # Without room for photos there is live view all the same.
    FaultName.RAM_FULL: STEADY_SECONDS,
    FaultName.CARD_FULL: STEADY_SECONDS,
    FaultName.CARD_MISSING: STEADY_SECONDS,
    FaultName.CARD_READ_ONLY: STEADY_SECONDS,
    FaultName.BATTERY_LOW: _BLOCKED,
    FaultName.HEAT: _BLOCKED,
    FaultName.SLEEP: _BLOCKED,
    FaultName.DRIP: _WIRE,
    FaultName.MUTE: _WIRE,
    FaultName.UNPLUG: _PROCESS,
    FaultName.CUT_TRANSFER: _PROCESS,
    FaultName.STRANDED_DATA: _WIRE,
    FaultName.WRONG_TRANSACTION: _WIRE,
    # Anything: a process that dies or hangs, an answer that never fits, a wrong status until the next poll.
    FaultName.GARBLE: max(_WIRE, _BLOCKED),
    FaultName.HALF_OPEN: _WIRE,
    FaultName.STALL_IN: _PORT,
    # The library clears the halt.
    FaultName.STALL_OUT: _PORT,
    FaultName.LASTING_HALT: _PORT,
    FaultName.PROTOCOL_ERROR: _PROCESS,
    FaultName.SHORT_READ: _PORT,
    FaultName.BABBLE: _PROCESS,
    # All frames are complete, and at most some seconds late.
    FaultName.NO_ZERO_PACKET: 0.0,
    FaultName.LATE_ZERO_PACKET: STEADY_SECONDS,
    FaultName.WEDGED: _PORT,
}


def after(what: str) -> float:
    """The budget after an event's end; that of the wire for a fault without a row."""
    known = OF_EVENTS.get(what)
    return _OF_FAULTS.get(FaultName(what), _WIRE) if known is None else known


# Leaks: what one process may gain between the first and the last third of its life.
WARM_UP_SECONDS: Final = 60.0
LIFE_SECONDS: Final = 240.0
"""A life that is shorter, warm-up not counted, says nothing about leaks."""

DESCRIPTORS_GAIN: Final = 8
THREADS_GAIN: Final = 4
TASKS_GAIN: Final = 12
RSS_GAIN_BYTES: Final = 24 * 1024 * 1024
"""Photos pass through memory, and allocators keep what they had."""

DESCRIPTORS_MOST: Final = 200
STAGED_LEFT: Final = 0
