"""The state tables behind ``demand_machine``. Two things must be true before a frame can arrive:

- ``AVAILABILITY``: a camera that has live view is open. The camera process comes and goes.
- ``COMMANDS``: the supervisor of the camera processes was commanded to start live view. The supervisor remembers that:
  when a process dies, the next one starts live view again without a new command. In the state ``RESUMING`` this has yet
  to happen; if it takes too long, live view counts as stopped and is commanded again.

An event without an arrow in a table raises ``IllegalTransition`` and changes nothing. Events of the camera process are
foreign input, so every state has an arrow for each of them.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from photonic.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Mapping

_State = TypeVar("_State")


class Availability(Enum):
    """Whether there is a camera that could show live view."""

    OPENING = "a new supervisor is opening the camera"
    LOST = "the camera failed; its supervisor is recovering it"
    DISCONNECTED = "the camera was disconnected on request"
    OPEN = "the camera is open"
    UNSUPPORTED = "the camera is open but has no live view"


class Commanded(Enum):
    """What the supervisor of the camera processes was last commanded."""

    STOPPED = "no live view"
    STARTED = "live view"
    RESUMING = "live view; a new camera process has yet to start it"


class DemandEvent(Enum):
    """What happens to the camera and its live view."""

    OPENED = "the camera was opened"
    LOST = "the camera failed"
    REPLACED = "another supervisor takes over"
    DISCONNECTED = "the camera was disconnected on request"
    UNSUPPORTED = "the camera turned out to have no live view"
    STARTED = "the command to start was carried out"
    STOPPED = "the command to stop was carried out"
    REPORTED_ON = "the camera process reported any state but off"
    REPORTED_OFF = "the camera process reported live view off"
    RESUME_OVERDUE = "the new camera process did not start live view in time"


_CAMERA_EVENTS: Mapping[DemandEvent, Availability] = {
    DemandEvent.OPENED: Availability.OPEN,
    DemandEvent.LOST: Availability.LOST,
    DemandEvent.REPLACED: Availability.OPENING,
    DemandEvent.DISCONNECTED: Availability.DISCONNECTED,
}
AVAILABILITY: Mapping[Availability, Mapping[DemandEvent, Availability]] = {
    # A late answer of a process that has ended says nothing about the next one.
    Availability.OPENING: {**_CAMERA_EVENTS, DemandEvent.UNSUPPORTED: Availability.OPENING},
    Availability.LOST: {**_CAMERA_EVENTS, DemandEvent.UNSUPPORTED: Availability.LOST},
    Availability.DISCONNECTED: {**_CAMERA_EVENTS, DemandEvent.UNSUPPORTED: Availability.DISCONNECTED},
    Availability.OPEN: {**_CAMERA_EVENTS, DemandEvent.UNSUPPORTED: Availability.UNSUPPORTED},
    Availability.UNSUPPORTED: {**_CAMERA_EVENTS, DemandEvent.UNSUPPORTED: Availability.UNSUPPORTED},
}

_STOPPING: Mapping[DemandEvent, Commanded] = {
    DemandEvent.STOPPED: Commanded.STOPPED,
    DemandEvent.REPORTED_OFF: Commanded.STOPPED,
    DemandEvent.REPLACED: Commanded.STOPPED,
    DemandEvent.DISCONNECTED: Commanded.STOPPED,
}
COMMANDS: Mapping[Commanded, Mapping[DemandEvent, Commanded]] = {
    Commanded.STOPPED: {
        **_STOPPING,
        DemandEvent.STARTED: Commanded.STARTED,
        DemandEvent.REPORTED_ON: Commanded.STOPPED,
        DemandEvent.OPENED: Commanded.STOPPED,
        DemandEvent.LOST: Commanded.STOPPED,
    },
    Commanded.STARTED: {
        **_STOPPING,
        DemandEvent.STARTED: Commanded.STARTED,
        DemandEvent.REPORTED_ON: Commanded.STARTED,
        DemandEvent.OPENED: Commanded.RESUMING,
        DemandEvent.LOST: Commanded.STARTED,
    },
    Commanded.RESUMING: {
        **_STOPPING,
        DemandEvent.STARTED: Commanded.RESUMING,
        DemandEvent.REPORTED_ON: Commanded.STARTED,
        DemandEvent.OPENED: Commanded.RESUMING,
        DemandEvent.LOST: Commanded.STARTED,
        DemandEvent.RESUME_OVERDUE: Commanded.STOPPED,
    },
}


_OF_AVAILABILITY = frozenset(event for row in AVAILABILITY.values() for event in row)
_OF_COMMANDS = frozenset(event for row in COMMANDS.values() for event in row)


def moved(availability: Availability, commanded: Commanded, event: DemandEvent) -> tuple[Availability, Commanded]:
    """The states after the event; a table that does not know the event stays where it is.

    Raises ``IllegalTransition`` if a table knows the event but has no arrow for it.
    """
    if event in _OF_AVAILABILITY:
        availability = _next(AVAILABILITY, availability, event)
    if event in _OF_COMMANDS:
        commanded = _next(COMMANDS, commanded, event)
    return availability, commanded


def _next(table: Mapping[_State, Mapping[DemandEvent, _State]], state: _State, event: DemandEvent) -> _State:
    following = table[state].get(event)
    if following is None:
        raise IllegalTransition(state, event)
    return following
