"""A world in virtual time for the session machine: a service, a camera, a network and a user, all of them moody.

The service may be restarted while dials and questions wait for it, and two runs of it may stand behind one name.

The world executes the machine's outputs and keeps what it saw; a ``SessionWatch`` checks the invariants of the session
at every single input.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.support.session_watch import SessionWatch

from photonic.model.api import CompatStatusAnswer
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot
from photonic.protocol.session import Session
from photonic.protocol.session_events import (
    AskPreviewRestart,
    Close,
    Closed,
    Dial,
    FrameArrived,
    FromSocket,
    FromStatus,
    GetStatus,
    Input,
    Notify,
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

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME_PERIOD = 0.33
# The lateness of a wake in this world, and the longest way of a message.
TICK = 0.05
EARLY = 0.0005
"""A wake may come early: uvloop rounds timers to milliseconds."""


@dataclass
class Socket:
    gen: int
    boot: int
    half_open: bool = False
    closing: bool = False
    open: bool = False
    delivered_until: float = 0.0


@dataclass
class Server:
    up: bool = True
    accepts: bool = True
    hangs: bool = False
    closes_at_once: int | None = None
    retry_after: float | None = 3.0
    status: int | None = 200
    status_hangs: bool = False
    compat_only: bool = False
    boot: int = 1
    rev: int = 1
    seq: int = 0
    camera: CameraState = CameraState.READY
    live: LiveState = LiveState.RUNNING
    stalled: bool = False
    whole_frames: bool = True
    pause_ends: float | None = None
    draining: bool = False

    @property
    def dead(self) -> bool:
        return not self.up or self.hangs


@dataclass
class World:
    seed: int
    jitter: float | None = None
    wall_offset: float = 0.0
    now: float = 0.0
    server: Server = field(default_factory=Server)
    # Another run behind the same name, beside ``server``: the one before that still serves its sockets (``draining``),
    # or one that a load balancer sends every other dial and question to.
    twin: Server | None = None
    # Whether something in front of the service holds dials and questions until the next run takes them.
    waits: bool = False
    sessions: Callable[..., Session] = Session
    loss: float = 0.0
    latency: float = 0.005

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        dice = random.Random(self.seed + 1)
        jitter = self.jitter
        self.session: Session = self.sessions(jitter=dice.random if jitter is None else lambda: jitter)
        self.runs = self.server.boot
        self.watch = SessionWatch(self.session, lambda boot_id: int(boot_id.removeprefix("boot-")), TICK)
        self.violations, self.heard = self.watch.violations, self.watch.heard
        self.dials, self.shown = self.watch.dials, self.watch.shown
        self.waiting: list[Callable[[], None]] = []
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = count()
        self.sockets: dict[int, Socket] = {}
        self.wake_at: float | None = None
        self.asked: list[float] = []
        self.restarts: list[float] = []
        self.states: list[tuple[float, SessionState, str | None]] = []
        self.outputs: list[tuple[float, Output]] = []
        self.later(FRAME_PERIOD, self._frame)
        self.later(1.0, self._heartbeat)

    # Time ------------------------------------------------------------------------------------------------------------

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.queue, (self.now + max(0.0, seconds), next(self.numbers), action))

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        end = self.now + seconds
        while not until():
            if not self.queue or self.queue[0][0] > end:
                self.now = end
                return until()
            at, _, action = heapq.heappop(self.queue)
            self.now = max(self.now, at)
            action()
        return True

    # The machine -----------------------------------------------------------------------------------------------------

    def give(self, event: Input) -> None:
        self.watch.before(event, self.now)
        outputs = self.session.handle(event, self.now)
        self.outputs += [(self.now, output) for output in outputs]
        for output in outputs:
            self._execute(output)
        self.watch.after(event, outputs, self.now)

    def _execute(self, output: Output) -> None:
        match output:
            case Dial(gen):
                self._dial(gen)
            case Close(gen):
                self._close(gen)
            case GetStatus(req):
                self.asked.append(self.now)
                self._status(req)
            case WakeAt(at):
                self.wake_at = at
                self.later(at - self.now + self.random.uniform(-EARLY, TICK / 2), lambda: self._tick(at))
            case Notify(state, reason):
                self.states.append((self.now, state, reason))
            case AskPreviewRestart():
                self.restarts.append(self.now)
                self.later(0.05, self._restart_preview)
            case Show():
                pass

    def _tick(self, at: float) -> None:
        if self.wake_at == at:
            self.give(Tick())

    # The user --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.give(Start())

    def stop(self) -> None:
        self.give(Stop())

    # The network -----------------------------------------------------------------------------------------------------

    def _reached(self) -> Server:
        """The run that a new dial or question comes to."""
        if self.twin is None or self.twin.draining:
            return self.server
        return self.random.choice([self.server, self.twin])

    def _dial(self, gen: int) -> None:
        run = self._reached()
        socket = self.sockets[gen] = Socket(gen, run.boot)
        if run.hangs:
            socket.half_open = True
        elif not run.up and self.waits:
            self.waiting.append(lambda: self._accept(gen))
        elif not run.up or not run.accepts:
            self.later(self._way(), lambda: self._closed(gen, None))
        else:
            self.later(self._way(), lambda: self._accept(gen))

    def _accept(self, gen: int) -> None:
        socket = self.sockets.get(gen)
        if socket is None or socket.closing:
            return
        run = self._reached()
        if not run.up and self.waits:
            self.waiting.append(lambda: self._accept(gen))
            return
        if run.dead:
            self._closed(gen, None)
            return
        socket.open = True
        socket.boot = run.boot
        socket.delivered_until = self.now
        self.give(Opened(gen))
        if run.compat_only and run.pause_ends is not None:
            self._send(gen, lambda: self._closed(gen, 1013))
            return
        code = run.closes_at_once
        if not run.compat_only and code in {None, 1000}:
            self._send_snapshot(gen, run)
        if code is not None:
            self._send(gen, lambda: self._closed(gen, code, run.retry_after if code == 4429 else None))

    def _close(self, gen: int) -> None:
        self.sockets[gen].closing = True
        self.later(self.random.choice([0.0, 0.01, 0.5, 1.9]), lambda: self._closed(gen, None))

    def _closed(self, gen: int, code: int | None, retry_after: float | None = None) -> None:
        if self.sockets.pop(gen, None) is not None:
            self.give(Closed(gen, code, retry_after))

    def _way(self) -> float:
        return self.random.uniform(0.0, self.latency)

    def _send(self, gen: int, arrive: Callable[[], None]) -> None:
        """Messages of one socket arrive in order, or, when it is half open, not at all."""
        socket = self.sockets.get(gen)
        if socket is None or socket.half_open or not socket.open:
            return
        at = max(socket.delivered_until, self.now + self._way())
        socket.delivered_until = at
        self.later(at - self.now, lambda: arrive() if gen in self.sockets else None)

    def _send_snapshot(self, gen: int, run: Server) -> None:
        snapshot = self.snapshot(run)
        times = 0 if self.random.random() < self.loss / 2 else 2 if self.random.random() < self.loss / 2 else 1
        for _ in range(times):
            self._send(gen, lambda: self._snapshot_arrives(gen, snapshot))

    def _snapshot_arrives(self, gen: int, snapshot: Snapshot) -> None:
        self.give(SnapshotArrived(FromSocket(gen), snapshot))

    def _status(self, req: int) -> None:
        run = self._reached()
        if run.hangs or run.status_hangs:
            return
        if not run.up and self.waits:
            self.waiting.append(lambda: self._status(req))
        elif not run.up:
            self.later(self._way(), lambda: self.give(StatusError(req)))
        elif run.status != 200:
            code = run.status
            self.later(self._way(), lambda: self.give(StatusError(req, code)))
        else:
            answer = self.part_a_answer(run) if run.compat_only else self.snapshot(run)
            # Over another connection, so it may overtake, and be overtaken.
            self.later(
                self._way() + (self.random.choice([0.0, 0.3, 2.5]) if self.loss else 0.0),
                lambda: self._answer(req, answer),
            )

    def _answer(self, req: int, answer: Snapshot | CompatStatusAnswer) -> None:
        self.give(SnapshotArrived(FromStatus(req), answer))

    # The service -----------------------------------------------------------------------------------------------------

    def snapshot(self, run: Server | None = None) -> Snapshot:
        """What a run, ``None``: the service, says of itself now."""
        run = run or self.server
        left = None if run.pause_ends is None else max(0.0, run.pause_ends - self.now)
        return Snapshot(
            boot_id=f"boot-{run.boot}",
            rev=run.rev,
            now_us=max(0, int((self.now + self.wall_offset) * 1e6)),
            camera=CameraStatus(id="1", state=run.camera),
            live=LiveStatus(state=run.live, resume_by_seconds=left, seq=run.seq),
        )

    def part_a_answer(self, run: Server) -> CompatStatusAnswer:
        capturing = run.pause_ends is not None
        return CompatStatusAnswer(
            is_capturing=capturing, capture_start_time=1.7e9 + self.now + self.wall_offset if capturing else None
        )

    @property
    def living(self) -> tuple[Server, ...]:
        """The runs that are there."""
        return tuple(run for run in (self.server, self.twin) if run is not None and not run.dead)

    def change(self, **fields: Any) -> None:
        """Something about the service changes, which its viewers are told."""
        for name, value in fields.items():
            setattr(self.server, name, value)
        self.server.rev += 1
        self._tell()

    def _tell(self) -> None:
        for run in self.living:
            for socket in list(self.sockets.values()):
                if socket.boot == run.boot and not run.compat_only:
                    self._send_snapshot(socket.gen, run)

    def _heartbeat(self) -> None:
        self._tell()
        self.later(1.0, self._heartbeat)

    def _frame(self) -> None:
        self.later(FRAME_PERIOD, self._frame)
        for run in self.living:
            showing = run.camera in {CameraState.READY, CameraState.CAPTURING} and run.live is LiveState.RUNNING
            if showing and not run.stalled:
                run.seq += 1
                self._send_frame(run, run.seq, valid=run.whole_frames)

    def _send_frame(self, run: Server, seq: int, *, valid: bool) -> None:
        for socket in list(self.sockets.values()):
            if socket.boot == run.boot:
                gen = socket.gen
                # A frame may overtake nothing on its socket, but the slot may hand out an older one a second time.
                again = seq - 1 if self.random.random() < self.loss / 4 else seq
                self._send(gen, lambda gen=gen, again=again: self._frame_arrives(gen, again, valid))

    def _frame_arrives(self, gen: int, seq: int, valid: bool) -> None:
        self.give(FrameArrived(gen, seq, valid))

    def _restart_preview(self) -> None:
        for run in self.living:
            run.stalled = False

    def capture(self, seconds: float) -> None:
        server = self.server
        if server.dead or server.pause_ends is not None or server.camera is not CameraState.READY:
            return
        server.pause_ends = self.now + seconds
        self.change(camera=CameraState.CAPTURING, live=LiveState.PAUSED)
        if server.compat_only:
            self.cut(1012)
        boot, ends = server.boot, server.pause_ends
        self.later(seconds, lambda: self._captured(boot, ends))

    def _captured(self, boot: int, ends: float) -> None:
        for run in self.living:
            if (run.boot, run.pause_ends) == (boot, ends):
                run.pause_ends, run.camera, run.live = None, CameraState.READY, LiveState.RUNNING
                run.rev += 1
                self._tell()

    def cut(self, code: int | None = 1006) -> None:
        """Every socket is closed, and its end knows it."""
        self._cut(list(self.sockets), code)

    def cut_dials(self) -> None:
        """Sockets that are not open yet are closed."""
        self._cut([gen for gen, socket in self.sockets.items() if not socket.open], 1006)

    def _cut(self, gens: list[int], code: int | None) -> None:
        for gen in gens:
            self.later(self._way(), lambda gen=gen: self._closed(gen, code))

    def kill(self) -> None:
        self.server.up = False
        self.server.pause_ends = None
        self._die()
        if self.twin is None:
            # What waits for the next run is not the dead run's to close.
            self._cut([gen for gen, socket in self.sockets.items() if socket.open or not self.waits], None)
        else:
            self._cut([gen for gen, socket in self.sockets.items() if socket.boot == self.server.boot], None)

    def half_open(self) -> None:
        """The present sockets fall silent without being closed."""
        for socket in self.sockets.values():
            socket.half_open = True

    def hang(self) -> None:
        """Power or cable gone: nothing answers, nothing closes."""
        self.server.hangs = True
        if self.twin is not None:
            self.twin.hangs = True
        self.half_open()
        self._die()

    def _die(self) -> None:
        # Messages that are still on their way have arrived by then.
        if not self.living:
            self.watch.dead_since = self.now + self.latency

    def boot(self) -> None:
        """The service starts, as a new run of itself."""
        self._end_run()
        self._begin_run()

    def boot_another_kind(self, *, compat_only: bool) -> None:
        """The service was replaced: its next run has the compat API only, or the v1 API as well."""
        self._end_run()
        self.server.compat_only = compat_only
        self._begin_run()

    def _end_run(self) -> None:
        # One that is dead already has no sockets to close, and those that are being dialed come to the next one.
        if self.server.up:
            self.kill()

    def take_over(self) -> None:
        """A new run takes every new dial and question; the old one goes on with the sockets that it has."""
        old = self.server
        if not old.dead:
            self._end_twin()
            old.draining = True
            self.twin = old
        self._begin_run()

    def balance(self) -> None:
        """Another run comes beside the present one, and either may take a dial or a question."""
        self._end_twin()
        self.runs += 1
        self.twin = Server(boot=self.runs)
        self.watch.overlapped = True
        self.watch.dead_since = None

    def part(self) -> None:
        """The other run ends."""
        self._end_twin()
        self._die()

    def _begin_run(self) -> None:
        old = self.server
        self.runs += 1
        self.server = Server(
            boot=self.runs, compat_only=old.compat_only, status=old.status, closes_at_once=old.closes_at_once
        )
        self.watch.dead_since = None
        waiting, self.waiting = self.waiting, []
        for action in waiting:
            self.later(self._way(), action)

    def _end_twin(self) -> None:
        twin, self.twin = self.twin, None
        if twin is not None:
            self._cut([gen for gen, socket in self.sockets.items() if socket.boot == twin.boot], None)

    def heal(self, *, tells_losses: bool = True) -> None:
        """From now on everything is well, with one run; what hangs is torn down, unless nobody ``tells_losses``."""
        self._end_twin()
        self._clear_up()
        if tells_losses:
            for socket in list(self.sockets.values()):
                if socket.half_open or socket.boot != self.server.boot:
                    gen = socket.gen
                    self.later(0.0, lambda gen=gen: self._closed(gen, 1006))
        self._mend(self.server)
        self._tell()

    def heal_both(self) -> None:
        """From now on everything is well, with two runs behind the name."""
        self._clear_up()
        if self.twin is None:
            self.balance()
        for run in (self.server, self.twin):
            if run is not None:
                self._mend(run)
        self._tell()

    def _clear_up(self) -> None:
        self.loss, self.latency, self.waits = 0.0, 0.005, False
        if not self.server.up:
            self.boot()
        self.watch.dead_since = None

    def _mend(self, run: Server) -> None:
        run.up = run.accepts = run.whole_frames = True
        run.hangs = run.status_hangs = run.stalled = False
        run.closes_at_once = None
        run.status, run.compat_only = 200, self.server.compat_only
        run.pause_ends, run.camera, run.live = None, CameraState.READY, LiveState.RUNNING
        run.rev += 1
