"""A world in virtual time for the session machine: a service, a camera, a network and a user, all of them moody.

The service may be restarted while dials and questions wait for it, and two runs of it may stand behind one name.

The world executes the machine's outputs, keeps what it saw, and checks the invariants of the session after every
single input. ``violations`` maps an invariant's number to what broke it.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

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
EPSILON = 1e-6
# The lateness of a wake in this world, and the longest way of a message.
TICK = 0.05


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
        # Whether two runs ever took dials and questions at once: then an answer proves nothing about their order.
        self.overlapped = False
        self.newest_known_run = 0
        self.waiting: list[Callable[[], None]] = []
        self.violations: dict[int, list[str]] = defaultdict(list)
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = count()
        self.sockets: dict[int, Socket] = {}
        self.wake_at: float | None = None
        self.dials: list[float] = []
        self.asked: list[float] = []
        self.restarts: list[float] = []
        self.shown: list[tuple[float, int, int]] = []
        self.states: list[tuple[float, SessionState, str | None]] = []
        self.outputs: list[tuple[float, Output]] = []
        self.last_shown: dict[int, int] = {}
        self.heard: dict[int, list[float]] = {}
        self.has_snapshot: set[int] = set()
        self.vouched_until = -1.0
        self.dead_since: float | None = None
        self.closes_since_stop = 0
        self.stop_given = True
        self.later(FRAME_PERIOD, self._frame)
        self.later(1.0, self._heartbeat)

    # Time ------------------------------------------------------------------------------------------------------------

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.queue, (self.now + seconds, next(self.numbers), action))

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
        session = self.session
        self._check_before()
        state, attempts, wanted = session.state, session.attempts, session.wanted
        outputs = session.handle(event, self.now)
        self.outputs += [(self.now, output) for output in outputs]
        for output in outputs:
            self._execute(output, event)
        if state is SessionState.HOLD and session.state is SessionState.HOLD and session.attempts > attempts:
            self.violations[1].append(f"{self.now:.3f}: an attempt during a pause")
        if session.wanted != wanted and not isinstance(event, Start | Stop):
            self.violations[10].append(f"{self.now:.3f}: wanted changed on {event}")
        if session.wanted != (session.state is not SessionState.STOPPED):
            self.violations[10].append(f"{self.now:.3f}: wanted={session.wanted} in {session.state}")
        if session.wanted and (self.wake_at is None or self.wake_at <= self.now):
            self.violations[9].append(f"{self.now:.3f}: {session.state} without a wake")
        self._check_live()
        self._check_known_run()

    def _execute(self, output: Output, event: Input) -> None:
        match output:
            case Dial(gen):
                self._dial(gen)
            case Close(gen):
                self._close(gen, event)
            case GetStatus(req):
                self.asked.append(self.now)
                self._status(req)
            case WakeAt(at):
                self.wake_at = at
                self.later(at - self.now + self.random.uniform(0, TICK / 2), lambda: self._tick(at))
            case Notify(state, reason):
                self.states.append((self.now, state, reason))
            case Show(gen, seq):
                if seq <= self.last_shown.get(gen, -1):
                    self.violations[11].append(f"{self.now:.3f}: frame {seq} after {self.last_shown[gen]}")
                if gen != self.session.link.gen:
                    self.violations[11].append(f"{self.now:.3f}: a frame of the old socket {gen}")
                self.last_shown[gen] = seq
                self.shown.append((self.now, gen, seq))
            case AskPreviewRestart():
                self.restarts.append(self.now)
                self.later(0.05, self._restart_preview)

    def _tick(self, at: float) -> None:
        if self.wake_at == at:
            self.give(Tick())

    # Checks ----------------------------------------------------------------------------------------------------------

    def _check_before(self) -> None:
        """What must hold just before the next input, that is: during the time that has passed."""
        self._check_live()
        session = self.session
        current = self.sockets.get(session.link.gen)
        if session.wanted and current is not None and current.open and not current.closing:
            silent = self.now - self.heard[current.gen][-1] - TICK
            # No limit is shorter than three seconds, and most messages come sooner.
            limit = self._silence_limit(current.gen) if silent > 3.0 else None
            if limit is not None and silent > limit:
                self.violations[2].append(f"{self.now:.3f}: silent for more than {limit} s in {session.state}")
        if session.state is SessionState.HOLD and self.now > self.vouched_until + TICK:
            self.violations[8].append(f"{self.now:.3f}: HOLD without a word since {self.vouched_until:.3f}")

    def _silence_limit(self, gen: int) -> float | None:
        heard = self.heard[gen]
        if len(heard) == 1:
            return 10.0
        if gen not in self.has_snapshot:
            # Compat API: 4 s without a frame, then one question of 2 s, unless a capture is known to run.
            held = self.session.state in {SessionState.HOLD, SessionState.WAITING}
            recent = self.now - self.vouched_until < 8.0
            return None if held or recent else 6.0
        first = max(1, bisect_right(heard, heard[-1] - 21.0) - 1)
        slowest = max((after - before for before, after in pairwise(heard[first:])), default=0.0)
        return min(15.0, max(3.0, 3 * slowest))

    def _check_live(self) -> None:
        if self.session.state is SessionState.LIVE and (not self.shown or self.now > self.shown[-1][0] + 4.0 + TICK):
            self.violations[12].append(f"{self.now:.3f}: LIVE without a fresh frame")

    def _check_known_run(self) -> None:
        snapshot = self.session.view.snapshot
        if snapshot is None or self.overlapped:
            return
        run = int(snapshot.boot_id.removeprefix("boot-"))
        if run < self.newest_known_run:
            self.violations[13].append(f"{self.now:.3f}: back from boot-{self.newest_known_run} to boot-{run}")
        self.newest_known_run = run

    def _check_dial(self) -> None:
        if not self.session.wanted or self.stop_given:
            self.violations[3].append(f"{self.now:.3f}: a dial after stop")
        closing = sum(socket.closing for socket in self.sockets.values())
        if len(self.sockets) - closing > 0 or closing > 1:
            self.violations[4].append(f"{self.now:.3f}: dial with {len(self.sockets)} sockets, {closing} closing")
        self.dials.append(self.now)
        if len(self.dials) > 10 and self.now - self.dials[-11] < 1.0 - EPSILON:
            self.violations[6].append(f"{self.now:.3f}: 11 dials within a second")
        dead = [at for at in self.dials[-11:] if self.dead_since is not None and at > self.dead_since]
        if len(dead) > 10 and self.now - dead[0] < 10.0 - EPSILON:
            self.violations[6].append(f"{self.now:.3f}: 11 dials within 10 s to a dead service")

    # The user --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.stop_given = False
        self.give(Start())

    def stop(self) -> None:
        self.stop_given = True
        self.closes_since_stop = 0
        self.give(Stop())

    # The network -----------------------------------------------------------------------------------------------------

    def _reached(self) -> Server:
        """The run that a new dial or question comes to."""
        if self.twin is None or self.twin.draining:
            return self.server
        return self.random.choice([self.server, self.twin])

    def _dial(self, gen: int) -> None:
        self._check_dial()
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
        self.heard[gen] = [self.now]
        self.give(Opened(gen))
        if run.compat_only and run.pause_ends is not None:
            self._send(gen, lambda: self._closed(gen, 1013))
            return
        code = run.closes_at_once
        if not run.compat_only and code in {None, 1000}:
            self._send_snapshot(gen, run)
        if code is not None:
            self._send(gen, lambda: self._closed(gen, code, run.retry_after if code == 4429 else None))

    def _close(self, gen: int, event: Input) -> None:
        if self.stop_given:
            self.closes_since_stop += 1
            if self.closes_since_stop > 1 or not isinstance(event, Stop):
                self.violations[3].append(f"{self.now:.3f}: close {self.closes_since_stop} after stop, on {event}")
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
        self._hear(gen, snapshot=True)
        self._vouch(snapshot)
        self.give(SnapshotArrived(FromSocket(gen), snapshot))

    def _hear(self, gen: int, *, snapshot: bool = False) -> None:
        self._check_before()
        if snapshot:
            self.has_snapshot.add(gen)
        self.heard[gen].append(self.now)

    def _vouch(self, snapshot: Snapshot | CompatStatusAnswer) -> None:
        if isinstance(snapshot, CompatStatusAnswer):
            self.vouched_until = max(self.vouched_until, self.now + 5.0 if snapshot.is_capturing else 0.0)
        elif snapshot.live.state is LiveState.PAUSED:
            self.vouched_until = max(self.vouched_until, self.now + (snapshot.live.resume_by_seconds or 0.0) + 2.0)

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
        self._vouch(answer)
        if self.dead_since is not None:
            self.dead_since = self.now
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
        self._hear(gen)
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
            self.dead_since = self.now + self.latency

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
        self.overlapped = True
        self.dead_since = None

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
        self.dead_since = None
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
        self.dead_since = None

    def _mend(self, run: Server) -> None:
        run.up = run.accepts = run.whole_frames = True
        run.hangs = run.status_hangs = run.stalled = False
        run.closes_at_once = None
        run.status, run.compat_only = 200, self.server.compat_only
        run.pause_ends, run.camera, run.live = None, CameraState.READY, LiveState.RUNNING
        run.rev += 1
