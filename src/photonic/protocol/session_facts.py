"""The memory of a session: its parts, their joint changes, and what follows from them at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.protocol.display import Display
from photonic.protocol.inquiry import Inquiry
from photonic.protocol.link import Link, LinkPhase
from photonic.protocol.live_close import LiveClose
from photonic.protocol.reception import Reception
from photonic.protocol.redial import Redial
from photonic.protocol.service_view import Outlook, ServiceView
from photonic.protocol.session_events import SessionState
from photonic.protocol.session_states import REFUSALS, REFUSED_CLOSES, STATES, StreamCondition
from photonic.protocol.stall import StallWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.protocol.session_events import Closed, StatusError
    from photonic.protocol.session_times import SessionTimes


class SessionFacts:
    """The memory of one session. Times are monotonic seconds.

    ``reception``: of the open socket; ``None``: there is none. ``wanted``: the user wants live view. ``outlook``: as
    last observed. ``ask_at``: the earliest time for the next status request. ``ask_before_dial``: the next dial must
    wait for the status route. ``end_reason``: why the session has ended for good; ``None``: the user ended it.
    The arguments are those of ``Session``.
    """

    def __init__(self, times: SessionTimes, jitter: Callable[[], float], give_up_after_seconds: float | None) -> None:
        self.times = times
        self.give_up_after_seconds = give_up_after_seconds
        self.view = ServiceView(times)
        self.link = Link(times.close_seconds)
        self.redial = Redial(times, jitter)
        self.inquiry = Inquiry(times.status_request_seconds)
        self.stall = StallWatch(times)
        self.display = Display()
        self.reception: Reception | None = None
        self.wanted = False
        self.outlook = Outlook.UNKNOWN
        self.ask_at = 0.0
        self.ask_before_dial = False
        self.end_reason: str | None = None

    # Changes ---------------------------------------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """The user starts live view."""
        self.wanted = True
        self.ask_before_dial = False
        self.redial.begin(now)
        self.ask_at = now + self.times.unknown_poll_seconds
        self.display.last_good_at = now

    def opened(self, now: float) -> None:
        """A socket is open."""
        self.reception = Reception(self.times, now)
        self.redial.opened()
        self.stall.reset()
        self.inquiry.unknown = False

    def closed(self, event: Closed, now: float) -> bool:
        """The service closed the socket, or the dial failed; return whether to ask about a refusal that is new."""
        refused_before, status = self.redial.refusal is not None, REFUSED_CLOSES.get(event.code or 0)
        if status is not None:
            self.redial.refuse(REFUSALS[status], now, by_socket=True)
        if event.code == LiveClose.TOO_MANY or event.retry_after_seconds is not None:
            self.redial.hold_off(event.retry_after_seconds, now)
        self.lost(_reason_of(event, was_open=self.reception is not None), now)
        return status is not None and not refused_before and self.inquiry.req is None

    def received(self, reception: Reception, now: float) -> None:
        """A message has arrived on the open socket."""
        reception.message(now)
        self.redial.received()

    def lost(self, reason: str, now: float) -> None:
        """The socket was lost: plan the next dial, and request the status in the meantime."""
        self.reception = None
        self.stall.reset()
        self.redial.lost(reason, now)
        if self.redial.refusal is None:
            self.ask_at = now
            self.ask_before_dial = self.view.compat_only is True

    def end(self, reason: str | None) -> None:
        """The session has ended; ``reason``: for people, ``None`` if the user ended it."""
        self.wanted = False
        self.end_reason = reason
        self.reception = None
        self.inquiry.forget()

    def request_ended(self, now: float) -> None:
        """A status request has ended, with or without success: the next one follows after the polling interval."""
        self.ask_before_dial = False
        paused = self.view.outlook(now) is Outlook.PAUSED
        interval = self.times.capture_poll_seconds if paused else self.times.unknown_poll_seconds
        sent_at = now if self.inquiry.sent_at is None else self.inquiry.sent_at
        self.ask_at = max(now, sent_at + interval, self.redial.not_before)

    def request_failed(self, event: StatusError, now: float) -> None:
        """A status request was refused or got no answer."""
        if event.retry_after_seconds is not None:
            self.redial.hold_off(event.retry_after_seconds, now)
        self.request_ended(now)

    def observe(self, now: float) -> None:
        """Update the outlook; frames from before a pause prove nothing about live view after it."""
        before, self.outlook = self.outlook, self.view.outlook(now)
        if self.reception is None:
            return
        if self.outlook in {Outlook.PAUSED, Outlook.AWAY}:
            self.reception.interrupt()
        elif before in {Outlook.PAUSED, Outlook.AWAY} or (
            before is not self.outlook and not self.lacks_heartbeat(self.reception)
        ):
            self.reception.expect(now)
            self.stall.reset()

    def interrupt(self) -> None:
        """The last frame has become too old to count as live view."""
        if self.reception is not None:
            self.reception.interrupt()

    # Consequences ----------------------------------------------------------------------------------------------------

    @property
    def paused(self) -> bool:
        """Whether live view is paused for a capture."""
        return self.outlook is Outlook.PAUSED

    @property
    def may_dial(self) -> bool:
        """Whether to dial at all: not while a compat-only service captures, nor before it has been asked about that."""
        if self.redial.refusal is not None:
            return self.inquiry.req is None
        if self.view.compat_only is True and not self.redial.kicked:
            return not self.paused and not self.ask_before_dial
        return True

    def dial_at(self, now: float) -> float:
        """Return the earliest time for the next dial."""
        return self.redial.at(self.link, now, paused=self.paused)

    def in_doubt(self, reception: Reception) -> bool:
        """Whether the socket and the newest snapshot are from different runs of the service.

        One of the two runs has ended. A status request finds out which one; if it fails, a new dial does.
        """
        return reception.boot_id is not None and reception.boot_id != self.view.run

    def lacks_heartbeat(self, reception: Reception) -> bool:
        """Whether the socket has no heartbeat (compat API only), so an idle camera looks like a dead connection."""
        return reception.boot_id is None and (reception.heard or self.view.compat_only is True)

    def state(self, now: float) -> SessionState:
        """Return the state to show, from ``session_states.STATES``."""
        return STATES[self.link.phase, self._condition(now)] if self.wanted else SessionState.STOPPED

    def reason(self, state: SessionState) -> str | None:
        """Why the session is in this state, for people; ``None``: nothing to explain."""
        if state is SessionState.LIVE:
            return None
        if state is SessionState.REFUSED:
            return self.redial.refusal
        if state in {SessionState.HOLD, SessionState.WAITING}:
            return self.view.reason
        if state is SessionState.SYNCING:
            return "waiting for a fresh frame"
        return self.end_reason if state is SessionState.STOPPED else self.redial.reason

    def next_dial_at(self, now: float) -> float | None:
        """When the next dial goes out; ``None``: none is planned."""
        return self.dial_at(now) if self.wanted and self.link.phase is LinkPhase.CLOSED and self.may_dial else None

    def _condition(self, now: float) -> StreamCondition:
        if self.redial.refusal is not None:
            return StreamCondition.REFUSED
        if self.paused:
            return StreamCondition.PAUSED
        if self.outlook is Outlook.AWAY:
            return StreamCondition.AWAY
        flowing = self.reception is not None and self.reception.flowing(now)
        return StreamCondition.FLOWING if flowing else StreamCondition.QUIET


def _reason_of(event: Closed, *, was_open: bool) -> str:
    """Why the socket was lost, for people."""
    if event.code == LiveClose.TOO_MANY:
        return "too many viewers: the service asks to wait before the next attempt"
    if not was_open:
        return "the service could not be reached"
    code = "" if event.code is None else f" (code {event.code})"
    return f"the connection was closed{code}"
