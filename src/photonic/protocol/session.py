"""The live-view session, which knows about captures: inputs and times in, outputs out; no I/O, clock or randomness.

Theory of operation: the state that a viewer sees follows from two facts, which are the axes of
``session_states.STATES``: the phase of the socket and the condition of the stream. The socket moves along
``link.TRANSITIONS``. Everything that happens without an input is a timer of ``session_timers``, which also
determines the next wake-up, so that the session cannot get stuck. The memory is ``session_facts``; only this module
changes it. Invariants:

- After ``handle`` no timer is due, and a ``WakeAt`` is in force that is not later than the first timer.
- At most one socket is dialing or open (``link.gen``), at most one status request counts (``inquiry.req``). Inputs that
  carry an older number change nothing about the present ones, in whatever order they arrive.
- Dials and requests share one series of numbers. A run of the service that was heard before a request was sent cannot
  have ended before it and answer it: this is how snapshots are ordered across restarts (``ordering``).
- A close code that refuses access is believed until a socket brings a message: the status route can confirm it, or
  refuse as well, but its consent does not make the next dial more likely to succeed.
- A pause is trusted only for as long as the service has announced it (``lease``); if the service is silent, every state
  leads to a dial, a status request or, with ``give_up_after_seconds``, to the end.

What can interleave: the socket, the status route and the user's ``Start`` and ``Stop``, in any order; a request can be
answered after its socket was lost, and a socket can report its end after the next one was dialed. The JavaScript twin
is ``web/session``; the vectors in ``tests/vectors`` hold for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.status import Snapshot
from photonic.protocol.link import LinkPhase
from photonic.protocol.session_events import (
    AskPreviewRestart,
    Close,
    Closed,
    Dial,
    FrameArrived,
    FromSocket,
    GetStatus,
    Input,
    Opened,
    Output,
    SessionState,
    Show,
    SnapshotArrived,
    Start,
    StatusError,
    Stop,
    Tick,
    WakeAt,
)
from photonic.protocol.session_facts import SessionFacts
from photonic.protocol.session_states import REFUSALS
from photonic.protocol.session_timers import Timer, timers
from photonic.protocol.session_times import SessionTimes
from photonic.protocol.stall import StallRemedy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Session:
    """One viewer's session with one camera. Public attributes are for reading.

    Args:
        jitter: Returns a number from 0 to 1 for each delay.
        times: The machine's numbers; ``None``: the defaults.
        give_up_after_seconds: Stop after this long without a frame, pauses excluded; ``None``: never.
    """

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        times: SessionTimes | None = None,
        give_up_after_seconds: float | None = None,
    ) -> None:
        self.times = times or SessionTimes()
        self._facts = facts = SessionFacts(self.times, jitter, give_up_after_seconds)
        self.view = facts.view
        self.link = facts.link
        self._redial = facts.redial
        self._inquiry = facts.inquiry
        self._newest_sent = 0
        self._now = 0.0
        self._wake: float | None = None
        self._out: list[Output] = []
        self._handlers: Mapping[type[Input], Callable[..., None]] = {
            Start: self._on_start,
            Stop: self._on_stop,
            Opened: self._on_opened,
            Closed: self._on_closed,
            FrameArrived: self._on_frame,
            SnapshotArrived: self._on_snapshot,
            StatusError: self._on_status_error,
            Tick: self._on_tick,
        }
        self._actions: Mapping[Timer | StallRemedy, Callable[[], None]] = {
            Timer.END_PAUSE: self.view.end_pause,
            Timer.END_REQUEST: self._end_request,
            Timer.ASK: self._ask,
            Timer.GIVE_UP: self._give_up,
            Timer.END_DIAL: lambda: self._drop("the service did not respond in time"),
            Timer.DIAL: self._dial,
            Timer.END_DOUBT: lambda: self._drop("the service was restarted"),
            Timer.END_SILENCE: lambda: self._drop("the connection has gone silent"),
            Timer.END_FRESHNESS: facts.interrupt,
            StallRemedy.ASK_STATUS: self._ask_about_stall,
            StallRemedy.REDIAL: lambda: self._drop("no frame has arrived for too long"),
            StallRemedy.ASK_PREVIEW_RESTART: self._ask_preview_restart,
        }

    @property
    def wanted(self) -> bool:
        """Whether the user wants live view and the session has not given up."""
        return self._facts.wanted

    @property
    def state(self) -> SessionState:
        """The state that was reported last."""
        return self._facts.display.state

    @property
    def reason(self) -> str | None:
        """Why the session is in this state, for people; ``None``: nothing to explain."""
        return self._facts.display.reason

    @property
    def since(self) -> float:
        """When the state began, in monotonic seconds."""
        return self._facts.display.since

    @property
    def attempts(self) -> int:
        """Failed dials since the connection was last good; a pause adds none."""
        return self._redial.attempts

    @property
    def next_dial_at(self) -> float | None:
        """When the next dial goes out; ``None``: none is planned (connected, stopped, or left alone)."""
        return self._facts.next_dial_at(self._now)

    @property
    def heartbeat_seconds(self) -> float | None:
        """How long the present socket may be silent; ``None``: there is no open socket."""
        return self._facts.reception.heartbeat_seconds if self._facts.reception is not None else None

    def handle(self, event: Input, now: float) -> tuple[Output, ...]:
        """Process one input at the time ``now`` (monotonic seconds); returns what to do, in order."""
        self._now = max(self._now, now)
        self._out = []
        if self.wanted or isinstance(event, Start | Closed):
            self._handlers[type(event)](event)
        while self.wanted:
            self._facts.observe(self._now)
            due = min(timers(self._facts, self._now), key=lambda due: due.at)
            if due.at > self._now:
                self._sleep(due.at)
                break
            self._actions[due.action]()
        state = self._facts.state(self._now)
        if (news := self._facts.display.show(state, self._facts.reason(state), self._now)) is not None:
            self._out.append(news)
        return tuple(self._out)

    # Inputs ----------------------------------------------------------------------------------------------------------

    def _on_start(self, _event: Start) -> None:
        if not self.wanted:
            self._wake = None
            self._facts.begin(self._now)

    def _on_stop(self, _event: Stop) -> None:
        self._end(None)

    def _on_opened(self, event: Opened) -> None:
        if self.link.opened(event.gen, self._now):
            self._facts.opened(self._now)

    def _on_closed(self, event: Closed) -> None:
        if self.link.closed(event.gen, self._now) and self.wanted and self._facts.closed(event, self._now):
            self._ask()

    def _on_frame(self, event: FrameArrived) -> None:
        reception = self._facts.reception
        if reception is None or event.gen != self.link.gen:
            return
        self._facts.received(reception, self._now)
        if not event.valid or not reception.frame(event.seq, self._now):
            return
        self._out.append(Show(event.gen, event.seq))
        if reception.boot_id is None:
            self.view.frames_without_snapshot(event.gen, self._newest_sent)
        self.view.frame(reception.boot_id, event.seq)
        if reception.steady(self._now):
            self._redial.steady()

    def _on_snapshot(self, event: SnapshotArrived) -> None:
        if isinstance(event.source, FromSocket):
            self._on_pushed(event.source.gen, event.snapshot)
        else:
            self._on_answer(event.source.req, event.snapshot)

    def _on_pushed(self, gen: int, snapshot: object) -> None:
        reception = self._facts.reception
        if reception is None or gen != self.link.gen or not isinstance(snapshot, Snapshot):
            return
        self._facts.received(reception, self._now)
        reception.named(snapshot.boot_id, self._newest_sent, self._now)
        if self.view.on_snapshot(snapshot, sent=gen, newest_sent=self._newest_sent, now=self._now) is not None:
            self._redial.kick(self.link.phase, self._now)

    def _on_answer(self, req: int, snapshot: object) -> None:
        current = req == self._inquiry.req
        again, newest = self._inquiry.answered(req), self._newest_sent
        if isinstance(snapshot, Snapshot):
            kick = self.view.on_snapshot(snapshot, sent=req, newest_sent=newest, now=self._now)
        elif current:
            capturing = bool(getattr(snapshot, "is_capturing", False))
            kick = self.view.on_compat_status(is_capturing=capturing, req=req, newest_sent=newest, now=self._now)
        else:
            # Compat answers have no order: a late one proves nothing.
            return
        again = self._redial.admit() or again
        if current:
            self._facts.request_ended(self._now)
        # The run at the other end of the socket sent its snapshot before this request, but another run has answered.
        reception = self._facts.reception
        ended = reception is not None and self._facts.in_doubt(reception) and req > reception.run_after
        if ended:
            self._drop("the service was restarted")
        if kick is not None or again or ended:
            self._redial.kick(self.link.phase, self._now)

    def _on_status_error(self, event: StatusError) -> None:
        refusal = REFUSALS.get(event.http_status or 0)
        if not self._inquiry.failed(event.req, unknown=refusal is None):
            return
        self._facts.request_failed(event, self._now)
        if self.link.phase is LinkPhase.OPEN:
            return
        if refusal is not None:
            self._redial.refuse(refusal, self._now)
        else:
            self._redial.doubt(self._now)

    def _on_tick(self, _event: Tick) -> None:
        """The wake-up has come, possibly a little early: uvloop rounds to milliseconds. Ask for the next one anyway."""
        self._wake = None

    # Timers and effects ----------------------------------------------------------------------------------------------

    def _dial(self) -> None:
        if self._redial.refusal is not None:
            self._ask()
        self._redial.dialed(self._now, paused=self._facts.paused)
        gen = self._number()
        self.link.dial(gen, self._now)
        self._out.append(Dial(gen))

    def _ask(self) -> None:
        req = self._number()
        self._inquiry.ask(req, self._now)
        self._out.append(GetStatus(req))

    def _ask_about_stall(self) -> None:
        if self._inquiry.req is None:
            self._ask()
        self._facts.stall.asked_status(self._inquiry.req)

    def _ask_preview_restart(self) -> None:
        self._facts.stall.asked_restart(self._now)
        self._out.append(AskPreviewRestart())

    def _end_request(self) -> None:
        if self._inquiry.req is not None:
            self._on_status_error(StatusError(self._inquiry.req))

    def _give_up(self) -> None:
        self._end(f"gave up: no frame for {self._facts.give_up_after_seconds:g} s")

    def _number(self) -> int:
        """The next number in the order of dials and requests."""
        self._newest_sent += 1
        return self._newest_sent

    def _drop(self, reason: str) -> None:
        """Close the socket from our side."""
        self._out.append(Close(self.link.abandon(self._now)))
        self._facts.lost(reason, self._now)

    def _end(self, reason: str | None) -> None:
        self._wake = None
        self._facts.end(reason)
        if self.link.phase is not LinkPhase.CLOSED:
            self._out.append(Close(self.link.abandon(self._now)))

    def _sleep(self, until: float) -> None:
        """Request a wake-up, unless one is already set early enough: not every frame should set a timer."""
        if self._wake is None or self._wake <= self._now or until < self._wake:
            self._wake = until
            self._out.append(WakeAt(until))
