"""The capture-aware live-view session: inputs and times in, decisions out; no I/O, no clock, no randomness inside.

What a viewer is told follows from two facts: where the socket is, and how things stand with the service
(``session_states.STATES``, whole). The socket moves along ``link.TRANSITIONS``; everything that happens by itself is a
timer of ``Session._timers``, which is also where the next wake comes from, so that no state can be without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.status import Snapshot
from photonic.protocol.display import Display
from photonic.protocol.inquiry import Inquiry
from photonic.protocol.link import Link, LinkPhase
from photonic.protocol.reception import Reception
from photonic.protocol.redial import Redial
from photonic.protocol.service_view import Outlook, ServiceView
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
from photonic.protocol.session_states import REFUSALS, STATES, Standing
from photonic.protocol.session_times import SessionTimes
from photonic.protocol.stall import StallRemedy, StallWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Session:
    """One viewer's session with one camera.

    ``jitter`` gives a number from 0 to 1 for each delay. ``give_up_after_seconds``: stop for good after that long
    without a picture (a pause does not count); ``None``: never. Public attributes are for reading.
    """

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        times: SessionTimes | None = None,
        give_up_after_seconds: float | None = None,
    ) -> None:
        self.times = times or SessionTimes()
        self.wanted = False
        self.view = ServiceView(self.times)
        self.link = Link(self.times.close_seconds)
        self._give_up_after_seconds = give_up_after_seconds
        self._redial = Redial(self.times, jitter)
        self._inquiry = Inquiry(self.times.status_request_seconds)
        self._reception: Reception | None = None
        self._outlook = Outlook.UNKNOWN
        self._newest_sent = 0
        self._now = 0.0
        self._wake: float | None = None
        self._out: list[Output] = []
        self._end_reason: str | None = None
        self._ask_at = 0.0
        self._ask_before_dial = False
        self._stall = StallWatch(self.times)
        self._display = Display()
        self._remedies: Mapping[StallRemedy, Callable[[], None]] = {
            StallRemedy.ASK_STATUS: self._ask_about_stall,
            StallRemedy.REDIAL: lambda: self._drop("no frame has come for too long"),
            StallRemedy.ASK_PREVIEW_RESTART: self._ask_preview_restart,
        }
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

    @property
    def state(self) -> SessionState:
        """What the viewer was told last."""
        return self._display.state

    @property
    def reason(self) -> str | None:
        """Why it is so, for people; ``None`` when there is nothing to say."""
        return self._display.reason

    @property
    def since(self) -> float:
        """When the state came, in seconds."""
        return self._display.since

    @property
    def attempts(self) -> int:
        """Dials that failed since things were last well; a pause adds none."""
        return self._redial.attempts

    @property
    def next_dial_at(self) -> float | None:
        """When the next dial goes out; ``None`` when none is planned (connected, stopped, or left alone)."""
        return self._dial_at() if self.wanted and self.link.phase is LinkPhase.CLOSED and self._may_dial() else None

    @property
    def heartbeat_seconds(self) -> float | None:
        """How long the present socket may be silent; ``None`` without a socket."""
        return self._reception.heartbeat_seconds if self._reception is not None else None

    def handle(self, event: Input, now: float) -> tuple[Output, ...]:
        """Take one input at the monotonic time ``now`` (seconds); give what is to be done, in order."""
        self._now = max(self._now, now)
        self._out = []
        if self.wanted or isinstance(event, Start | Closed):
            self._handlers[type(event)](event)
        while self.wanted:
            self._observe()
            due = min(self._timers(), key=lambda timer: timer[0])
            if due[0] > self._now:
                self._sleep(due[0])
                break
            due[1]()
        self._settle()
        return tuple(self._out)

    # Inputs ----------------------------------------------------------------------------------------------------------

    def _on_start(self, _event: Start) -> None:
        if self.wanted:
            return
        self.wanted = True
        self._wake = None
        self._ask_before_dial = False
        self._redial.begin(self._now)
        self._ask_at = self._now + self.times.unknown_poll_seconds
        self._display.pictured_at = self._now

    def _on_stop(self, _event: Stop) -> None:
        self._end(None)

    def _on_opened(self, event: Opened) -> None:
        if self.link.opened(event.gen, self._now):
            self._reception = Reception(self.times, self._now)
            self._redial.opened()
            self._stall.begin_anew()
            self._inquiry.unknown = False

    def _on_closed(self, event: Closed) -> None:
        if self.link.closed(event.gen, self._now) and self.wanted:
            dialed = self._reception is None
            code = "" if event.code is None else f" (code {event.code})"
            self._lost("the service could not be reached" if dialed else f"the connection was closed{code}")

    def _on_frame(self, event: FrameArrived) -> None:
        reception = self._reception
        if reception is None or event.gen != self.link.gen:
            return
        reception.message(self._now)
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
            self._take_from_socket(event.source.gen, event.snapshot)
        else:
            self._take_from_status(event.source.req, event.snapshot)

    def _on_status_error(self, event: StatusError) -> None:
        refusal = REFUSALS.get(event.http_status or 0)
        if not self._inquiry.failed(event.req, unknown=refusal is None):
            return
        self._answered()
        if self.link.phase is LinkPhase.OPEN:
            return
        if refusal is not None:
            self._redial.refuse(refusal, self._now)
        else:
            self._redial.doubt(self._now)

    def _on_tick(self, _event: Tick) -> None:
        """The timers are looked at after every input; a tick brings nothing else."""

    # What was said ---------------------------------------------------------------------------------------------------

    def _take_from_socket(self, gen: int, snapshot: object) -> None:
        if self._reception is None or gen != self.link.gen or not isinstance(snapshot, Snapshot):
            return
        self._reception.message(self._now)
        self._reception.named(snapshot.boot_id, self._newest_sent, self._now)
        if self.view.take(snapshot, sent=gen, newest_sent=self._newest_sent, now=self._now) is not None:
            self._redial.kick(self.link.phase, self._now)

    def _take_from_status(self, req: int, snapshot: Snapshot | object) -> None:
        current = req == self._inquiry.req
        again = self._inquiry.answered(req)
        if isinstance(snapshot, Snapshot):
            kick = self.view.take(snapshot, sent=req, newest_sent=self._newest_sent, now=self._now)
        elif current:
            capturing = bool(getattr(snapshot, "is_capturing", False))
            kick = self.view.take_part_a(is_capturing=capturing, req=req, newest_sent=self._newest_sent, now=self._now)
        else:
            # Part A's answers carry no order: one that comes too late says nothing.
            return
        again = self._redial.admit() or again
        if current:
            self._answered()
        # The run at the other end of the socket was heard before this was asked, and has not answered it.
        ended = self._reception is not None and self._in_doubt(self._reception) and req > self._reception.named_after
        if ended:
            self._drop("the service was restarted")
        if kick is not None or again or ended:
            self._redial.kick(self.link.phase, self._now)

    def _answered(self) -> None:
        """A question has ended, in whatever way: the next one, if any, keeps the polling distance to it."""
        self._ask_before_dial = False
        paused = self.view.outlook(self._now) is Outlook.PAUSED
        interval = self.times.capture_poll_seconds if paused else self.times.unknown_poll_seconds
        sent_at = self._now if self._inquiry.sent_at is None else self._inquiry.sent_at
        self._ask_at = max(self._now, sent_at + interval)

    # Timers ----------------------------------------------------------------------------------------------------------

    def _timers(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """Everything that will happen by itself if nothing else does, with its time."""
        times, ends_at, pause_expires_at = self.times, self._inquiry.ends_at, self.view.pause_expires_at
        if pause_expires_at is not None:
            yield pause_expires_at, self.view.end_pause
        if ends_at is not None:
            yield ends_at, self._lapse
        elif (poll_at := self._poll_at()) is not None:
            yield poll_at, self._ask
        if self._give_up_after_seconds is not None and self._outlook is not Outlook.PAUSED:
            yield self._display.pictured_at + self._give_up_after_seconds, self._give_up
        if self.link.phase is LinkPhase.DIALING:
            yield self.link.since + times.dial_seconds, lambda: self._drop("the service did not answer the dial")
        elif self._reception is not None:
            yield from self._watches(self._reception)
        elif self._may_dial():
            yield self._dial_at(), self._dial

    def _watches(self, reception: Reception) -> Iterator[tuple[float, Callable[[], None]]]:
        """What an open socket is watched for."""
        if self._in_doubt(reception):
            yield self._doubt_at(reception), self._ask
            yield reception.named_at + self.times.doubt_seconds, lambda: self._drop("the service was restarted")
        if reception.silent_at is not None:
            yield reception.silent_at, lambda: self._drop("the connection has gone silent")
        if reception.fresh_at is not None:
            yield reception.fresh_at + self.times.frame_seconds, reception.interrupt
        check = self._stall.check(
            reception,
            self._outlook,
            vouched=not self._unvouched(reception),
            asking=self._inquiry.req,
            now=self._now,
        )
        if check is not None:
            yield check.at, self._remedies[check.remedy]

    def _in_doubt(self, reception: Reception) -> bool:
        """Whether the socket speaks for another run of the service than the one that was heard last.

        One of the two has ended. The service is asked which; where it does not say, a new dial settles it.
        """
        return reception.boot_id is not None and reception.boot_id != self.view.run

    def _doubt_at(self, reception: Reception) -> float:
        """When to ask: at once, whatever was asked before the socket's run was heard, and again until it is settled."""
        if self._inquiry.newest <= reception.named_after or self._inquiry.sent_at is None:
            return self._now
        return self._inquiry.sent_at + self.times.doubt_poll_seconds

    def _unvouched(self, reception: Reception) -> bool:
        """Whether the socket has no heartbeat to tell a quiet camera from a dead connection (part A)."""
        return reception.boot_id is None and (reception.heard or self.view.part_a is True)

    def _poll_at(self) -> float | None:
        """When the status route is asked next: without a socket, and where the socket carries no snapshots.

        A service that knows only part A is left alone while its frames come.
        """
        if self._reception is None:
            return self._ask_at if self._redial.refusal is None else None
        if self._unvouched(self._reception) and self._outlook in {Outlook.PAUSED, Outlook.AWAY}:
            return self._ask_at
        return max(self._ask_at, self._reception.worded_until) if self.view.part_a is False else None

    def _may_dial(self) -> bool:
        """A part A service is left alone while it captures, and asked first whether it does."""
        if self._redial.refusal is not None:
            return self._inquiry.req is None
        if self.view.part_a is True and not self._redial.kicked:
            return self._outlook is not Outlook.PAUSED and not self._ask_before_dial
        return True

    def _dial_at(self) -> float:
        return self._redial.at(self.link, self._now, paused=self._outlook is Outlook.PAUSED)

    def _dial(self) -> None:
        if self._redial.refusal is not None:
            self._ask()
        self._redial.dialed(self._now, paused=self._outlook is Outlook.PAUSED)
        gen = self._number()
        self.link.dial(gen, self._now)
        self._out.append(Dial(gen))

    def _ask(self) -> None:
        req = self._number()
        self._inquiry.ask(req, self._now)
        self._out.append(GetStatus(req))

    def _number(self) -> int:
        """The next number of the one series that dials and questions have: the order in which they went out."""
        self._newest_sent += 1
        return self._newest_sent

    def _ask_about_stall(self) -> None:
        if self._inquiry.req is None:
            self._ask()
        self._stall.asked_status(self._inquiry.req)

    def _ask_preview_restart(self) -> None:
        self._stall.asked_restart(self._now)
        self._out.append(AskPreviewRestart())

    def _lapse(self) -> None:
        """The answer to a question has not come in time."""
        if self._inquiry.req is not None:
            self._on_status_error(StatusError(self._inquiry.req))

    def _give_up(self) -> None:
        self._end(f"gave up: no picture for {self._give_up_after_seconds:g} s")

    # Effects ---------------------------------------------------------------------------------------------------------

    def _drop(self, reason: str) -> None:
        """We end the socket ourselves."""
        self._out.append(Close(self.link.abandon(self._now)))
        self._lost(reason)

    def _lost(self, reason: str) -> None:
        """The socket is gone: plan the next dial, and ask meanwhile what is going on."""
        self._reception = None
        self._stall.begin_anew()
        self._redial.lost(reason, self._now)
        if self._redial.refusal is None:
            self._ask_at = self._now
            self._ask_before_dial = self.view.part_a is True

    def _end(self, reason: str | None) -> None:
        self.wanted = False
        self._wake = None
        self._end_reason = reason
        self._reception = None
        self._inquiry.forget()
        if self.link.phase is not LinkPhase.CLOSED:
            self._out.append(Close(self.link.abandon(self._now)))

    def _observe(self) -> None:
        """Note what the outlook has become; what was shown before a pause says nothing about live view after it."""
        before, self._outlook = self._outlook, self.view.outlook(self._now)
        if self._reception is None:
            return
        if self._outlook in {Outlook.PAUSED, Outlook.AWAY}:
            self._reception.interrupt()
        elif before in {Outlook.PAUSED, Outlook.AWAY} or (
            before is not self._outlook and not self._unvouched(self._reception)
        ):
            self._reception.expect(self._now)
            self._stall.begin_anew()

    def _standing(self) -> Standing:
        if self._redial.refusal is not None:
            return Standing.REFUSED
        if self._outlook is Outlook.PAUSED:
            return Standing.PAUSED
        if self._outlook is Outlook.AWAY:
            return Standing.AWAY
        flowing = self._reception is not None and self._reception.flowing(self._now)
        return Standing.FLOWING if flowing else Standing.QUIET

    def _settle(self) -> None:
        state = STATES[self.link.phase, self._standing()] if self.wanted else SessionState.STOPPED
        if (news := self._display.show(state, self._why(state), self._now)) is not None:
            self._out.append(news)

    def _why(self, state: SessionState) -> str | None:
        if state is SessionState.LIVE:
            return None
        if state is SessionState.REFUSED:
            return self._redial.refusal
        if state in {SessionState.HOLD, SessionState.WAITING}:
            return self.view.reason
        if state is SessionState.SYNCING:
            return "waiting for a fresh frame"
        return self._end_reason if state is SessionState.STOPPED else self._redial.reason

    def _sleep(self, until: float) -> None:
        """Ask for a wake, unless one is already set that comes early enough: frames must not cost a timer each."""
        if self._wake is None or self._wake <= self._now or until < self._wake:
            self._wake = until
            self._out.append(WakeAt(until))
