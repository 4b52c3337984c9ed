"""Watches a session machine, whatever drives it: checks its invariants before and after every single input.

Whoever gives the machine an input calls ``before`` and ``after``. ``violations`` maps an invariant's number to what
broke it. Invariants 5, 7 and the end of 13 need a world that can be healed: see ``session_invariants``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from photonic.model.api import CompatStatusAnswer
from photonic.model.status import LiveState
from photonic.protocol.session_events import (
    Close,
    Closed,
    Dial,
    FrameArrived,
    FromSocket,
    FromStatus,
    Input,
    Opened,
    Output,
    SessionState,
    Show,
    SnapshotArrived,
    Start,
    Stop,
    Tick,
    WakeAt,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.model.status import Snapshot
    from photonic.protocol.session import Session

EPSILON = 1e-6


@dataclass
class WatchedSocket:
    """What the machine was told about a socket, and told it."""

    open: bool = False
    closing: bool = False


class SessionWatch:
    """The invariants that hold at every input.

    Attributes: ``dead_since``: since when no service could answer, to be set by whoever knows; ``None``: there is one.
    ``overlapped``: whether two runs ever answered at once; then an answer proves nothing about their order.

    Args:
        session: The machine.
        order_of: The place of a run of the service among all runs, by its boot id.
        tick_seconds: The lateness of a wake.
    """

    def __init__(self, session: Session, order_of: Callable[[str], int], tick_seconds: float) -> None:
        self._session = session
        self._order_of = order_of
        self._tick_seconds = tick_seconds
        self.violations: dict[int, list[str]] = defaultdict(list)
        self.sockets: dict[int, WatchedSocket] = {}
        self.heard: dict[int, list[float]] = {}
        self.dials: list[float] = []
        self.shown: list[tuple[float, int, int]] = []
        self.dead_since: float | None = None
        self.overlapped = False
        self._has_snapshot: set[int] = set()
        self._last_shown: dict[int, int] = {}
        self._wake_at: float | None = None
        self._vouched_until = -1.0
        self._newest_known_run = 0
        self._stop_given = True
        self._closes_since_stop = 0
        self._state = SessionState.STOPPED
        self._attempts = 0
        self._wanted = False

    def before(self, event: Input, now: float) -> None:
        """What must hold just before an input, that is: during the time that has passed."""
        self._check_before(now)
        session = self._session
        self._state, self._attempts, self._wanted = session.state, session.attempts, session.wanted
        match event:
            case Start():
                self._stop_given = False
            case Stop():
                self._stop_given, self._closes_since_stop = True, 0
            case Tick():
                self._wake_at = None  # it has come, possibly early, and does not come again
            case Opened(gen):
                self.heard[gen] = [now]
                if gen in self.sockets:
                    self.sockets[gen].open = True
            case Closed(gen):
                self.sockets.pop(gen, None)
            case FrameArrived(gen):
                self.heard.setdefault(gen, []).append(now)
            case SnapshotArrived(FromSocket(gen), snapshot):
                self._has_snapshot.add(gen)
                self.heard.setdefault(gen, []).append(now)
                self._vouch(snapshot, now)
            case SnapshotArrived(FromStatus(), snapshot):
                self._vouch(snapshot, now)
                if self.dead_since is not None:
                    self.dead_since = now
            case _:
                pass

    def after(self, event: Input, outputs: Sequence[Output], now: float) -> None:
        """What must hold after an input."""
        for output in outputs:
            self._check_output(output, event, now)
        session, violations = self._session, self.violations
        held = self._state is SessionState.HOLD and session.state is SessionState.HOLD
        if held and session.attempts > self._attempts:
            violations[1].append(f"{now:.3f}: an attempt during a pause")
        if session.wanted != self._wanted and not isinstance(event, Start | Stop):
            violations[10].append(f"{now:.3f}: wanted changed on {event}")
        if session.wanted != (session.state is not SessionState.STOPPED):
            violations[10].append(f"{now:.3f}: wanted={session.wanted} in {session.state}")
        if session.wanted and (self._wake_at is None or self._wake_at <= now):
            violations[9].append(f"{now:.3f}: {session.state} without a wake")
        self._check_live(now)
        self._check_known_run(now)

    def _check_output(self, output: Output, event: Input, now: float) -> None:
        match output:
            case Dial(gen):
                self._check_dial(now)
                self.sockets[gen] = WatchedSocket()
            case Close(gen):
                self._check_close(event, now)
                self.sockets[gen].closing = True
            case WakeAt(at):
                self._wake_at = at
            case Show(gen, seq):
                self._check_show(gen, seq, now)
            case _:
                pass

    def _vouch(self, snapshot: Snapshot | CompatStatusAnswer, now: float) -> None:
        if isinstance(snapshot, CompatStatusAnswer):
            self._vouched_until = max(self._vouched_until, now + 5.0 if snapshot.is_capturing else 0.0)
        elif snapshot.live.state is LiveState.PAUSED:
            self._vouched_until = max(self._vouched_until, now + (snapshot.live.resume_by_seconds or 0.0) + 2.0)

    def _check_before(self, now: float) -> None:
        self._check_live(now)
        session = self._session
        gen = session.link.gen
        current = self.sockets.get(gen)
        if session.wanted and current is not None and current.open and not current.closing:
            silent = now - self.heard[gen][-1] - self._tick_seconds
            # No limit is shorter than three seconds, and most messages come sooner.
            limit = self._silence_limit(gen, now) if silent > 3.0 else None
            if limit is not None and silent > limit:
                self.violations[2].append(f"{now:.3f}: silent for more than {limit} s in {session.state}")
        if session.state is SessionState.HOLD and now > self._vouched_until + self._tick_seconds:
            self.violations[8].append(f"{now:.3f}: HOLD without a word since {self._vouched_until:.3f}")

    def _silence_limit(self, gen: int, now: float) -> float | None:
        heard = self.heard[gen]
        if len(heard) == 1:
            return 10.0
        if gen not in self._has_snapshot:
            # Compat API: 4 s without a frame, then one question of 2 s, unless a capture is known to run.
            held = self._session.state in {SessionState.HOLD, SessionState.WAITING}
            recent = now - self._vouched_until < 8.0
            return None if held or recent else 6.0
        first = max(1, bisect_right(heard, heard[-1] - 21.0) - 1)
        slowest = max((after - before for before, after in pairwise(heard[first:])), default=0.0)
        return min(15.0, max(3.0, 3 * slowest))

    def _check_live(self, now: float) -> None:
        fresh = self.shown and now <= self.shown[-1][0] + 4.0 + self._tick_seconds
        if self._session.state is SessionState.LIVE and not fresh:
            self.violations[12].append(f"{now:.3f}: LIVE without a fresh frame")

    def _check_show(self, gen: int, seq: int, now: float) -> None:
        if seq <= self._last_shown.get(gen, -1):
            self.violations[11].append(f"{now:.3f}: frame {seq} after {self._last_shown[gen]}")
        if gen != self._session.link.gen:
            self.violations[11].append(f"{now:.3f}: a frame of the old socket {gen}")
        self._last_shown[gen] = seq
        self.shown.append((now, gen, seq))

    def _check_known_run(self, now: float) -> None:
        snapshot = self._session.view.snapshot
        if snapshot is None or self.overlapped:
            return
        run = self._order_of(snapshot.boot_id)
        if run < self._newest_known_run:
            self.violations[13].append(f"{now:.3f}: back from run {self._newest_known_run} to {run}")
        self._newest_known_run = run

    def _check_close(self, event: Input, now: float) -> None:
        if self._stop_given:
            self._closes_since_stop += 1
            if self._closes_since_stop > 1 or not isinstance(event, Stop):
                self.violations[3].append(f"{now:.3f}: close {self._closes_since_stop} after stop, on {event}")

    def _check_dial(self, now: float) -> None:
        if not self._session.wanted or self._stop_given:
            self.violations[3].append(f"{now:.3f}: a dial after stop")
        closing = sum(socket.closing for socket in self.sockets.values())
        if len(self.sockets) - closing > 0 or closing > 1:
            self.violations[4].append(f"{now:.3f}: dial with {len(self.sockets)} sockets, {closing} closing")
        self.dials.append(now)
        if len(self.dials) > 10 and now - self.dials[-11] < 1.0 - EPSILON:
            self.violations[6].append(f"{now:.3f}: 11 dials within a second")
        dead = [at for at in self.dials[-11:] if self.dead_since is not None and at > self.dead_since]
        if len(dead) > 10 and now - dead[0] < 10.0 - EPSILON:
            self.violations[6].append(f"{now:.3f}: 11 dials within 10 s to a dead service")
