"""The timers of a session: everything that happens without an input. Pure functions; the session acts on them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from photonic.protocol.link import LinkPhase
from photonic.protocol.service_view import Outlook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from photonic.protocol.reception import Reception
    from photonic.protocol.session_facts import SessionFacts
    from photonic.protocol.stall import StallRemedy


class Timer(Enum):
    """What a timer does when it is due."""

    END_PAUSE = "stop trusting the pause"
    END_REQUEST = "give up the status request"
    ASK = "request the status"
    GIVE_UP = "end the session"
    END_DIAL = "the service did not respond in time"
    DIAL = "dial"
    END_DOUBT = "the service was restarted"
    END_SILENCE = "the connection has gone silent"
    END_FRESHNESS = "the last frame no longer counts as fresh"


class Due(NamedTuple):
    """An action, and the time (monotonic seconds) at which it is due unless an input comes first."""

    at: float
    action: Timer | StallRemedy


def timers(facts: SessionFacts, now: float) -> Iterator[Due]:
    """Yield all running timers; of two that are due at the same time, the first one comes first."""
    ends_at, pause_expires_at = facts.inquiry.ends_at, facts.view.pause_expires_at
    if pause_expires_at is not None:
        yield Due(pause_expires_at, Timer.END_PAUSE)
    if ends_at is not None:
        yield Due(ends_at, Timer.END_REQUEST)
    elif (poll_at := _poll_at(facts)) is not None:
        yield Due(poll_at, Timer.ASK)
    if facts.give_up_after_seconds is not None and not facts.paused:
        yield Due(facts.display.last_good_at + facts.give_up_after_seconds, Timer.GIVE_UP)
    if facts.link.phase is LinkPhase.DIALING:
        yield Due(facts.link.since + facts.times.dial_seconds, Timer.END_DIAL)
    elif facts.reception is not None:
        yield from _watches(facts, facts.reception, now)
    elif facts.may_dial:
        yield Due(facts.dial_at(now), Timer.DIAL)


def _watches(facts: SessionFacts, reception: Reception, now: float) -> Iterator[Due]:
    """The timers of an open socket."""
    if facts.in_doubt(reception):
        yield Due(_doubt_at(facts, reception, now), Timer.ASK)
        yield Due(reception.run_since + facts.times.doubt_seconds, Timer.END_DOUBT)
    if reception.silent_at is not None:
        yield Due(reception.silent_at, Timer.END_SILENCE)
    if reception.fresh_at is not None:
        yield Due(reception.fresh_at + facts.times.frame_seconds, Timer.END_FRESHNESS)
    has_heartbeat, asking = not facts.lacks_heartbeat(reception), facts.inquiry.req
    check = facts.stall.check(reception, facts.outlook, has_heartbeat=has_heartbeat, asking=asking, now=now)
    if check is not None:
        yield Due(check.at, check.remedy)


def _doubt_at(facts: SessionFacts, reception: Reception, now: float) -> float:
    """When to request which run is current: at once after the socket's run is known, then at intervals."""
    if facts.inquiry.newest <= reception.run_after or facts.inquiry.sent_at is None:
        return now
    return facts.inquiry.sent_at + facts.times.doubt_poll_seconds


def _poll_at(facts: SessionFacts) -> float | None:
    """When to request the status next: without a socket, and on a socket without snapshots; ``None``: not at all.

    A compat-only service is not asked while its frames arrive.
    """
    reception = facts.reception
    if reception is None:
        return facts.ask_at if facts.redial.refusal is None else None
    if facts.lacks_heartbeat(reception) and facts.outlook in {Outlook.PAUSED, Outlook.AWAY}:
        return facts.ask_at
    return max(facts.ask_at, reception.snapshot_expires_at) if facts.view.compat_only is False else None
