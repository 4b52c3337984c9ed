"""A world in virtual time for the session machine: a service, a camera, a network and a user, all of them moody.

The world executes the machine's outputs, keeps what it saw, and checks the invariants of the session after every
single input. ``violations`` maps an invariant's number to what broke it.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

from photonic.model.api import PartAStatusAnswer
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
    closes_at_once: bool = False
    status: int | None = 200
    status_hangs: bool = False
    part_a: bool = False
    boot: int = 1
    rev: int = 1
    seq: int = 0
    camera: CameraState = CameraState.READY
    live: LiveState = LiveState.RUNNING
    stalled: bool = False
    whole_frames: bool = True
    pause_ends: float | None = None

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
    loss: float = 0.0
    latency: float = 0.005

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        jitter = random.Random(self.seed + 1).random
        self.session = Session(jitter=jitter if self.jitter is None else lambda: self.jitter or 0.0)
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
            limit = self._silence_limit(current.gen)
            if limit is not None and self.now > self.heard[current.gen][-1] + limit + TICK:
                self.violations[2].append(f"{self.now:.3f}: silent for more than {limit} s in {session.state}")
        if session.state is SessionState.HOLD and self.now > self.vouched_until + TICK:
            self.violations[8].append(f"{self.now:.3f}: HOLD without a word since {self.vouched_until:.3f}")

    def _silence_limit(self, gen: int) -> float | None:
        heard = self.heard[gen]
        if len(heard) == 1:
            return 10.0
        if gen not in self.has_snapshot:
            # Part A: 4 s without a frame, then one question of 2 s, unless a capture is known to run.
            held = self.session.state in {SessionState.HOLD, SessionState.WAITING}
            recent = self.now - self.vouched_until < 8.0
            return None if held or recent else 6.0
        gaps = [after - before for before, after in pairwise(heard[1:])]
        recent = [gap for gap, at in zip(gaps, heard[2:], strict=False) if at > heard[-1] - 21.0]
        return min(15.0, max(3.0, 3 * max(recent, default=0.0)))

    def _check_live(self) -> None:
        if self.session.state is SessionState.LIVE and (not self.shown or self.now > self.shown[-1][0] + 4.0 + TICK):
            self.violations[12].append(f"{self.now:.3f}: LIVE without a fresh frame")

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

    def _dial(self, gen: int) -> None:
        self._check_dial()
        socket = self.sockets[gen] = Socket(gen, self.server.boot)
        if self.server.hangs:
            socket.half_open = True
            return
        if not self.server.up or not self.server.accepts:
            self.later(self._way(), lambda: self._closed(gen, None))
            return
        self.later(self._way(), lambda: self._accept(gen))

    def _accept(self, gen: int) -> None:
        socket = self.sockets.get(gen)
        if socket is None or socket.closing:
            return
        if self.server.dead:
            self._closed(gen, None)
            return
        socket.open = True
        socket.boot = self.server.boot
        socket.delivered_until = self.now
        self.heard[gen] = [self.now]
        self.give(Opened(gen))
        if self.server.part_a and self.server.pause_ends is not None:
            self._send(gen, lambda: self._closed(gen, 1013))
            return
        if not self.server.part_a:
            self._send_snapshot(gen)
        if self.server.closes_at_once:
            self._send(gen, lambda: self._closed(gen, 1000))

    def _close(self, gen: int, event: Input) -> None:
        if self.stop_given:
            self.closes_since_stop += 1
            if self.closes_since_stop > 1 or not isinstance(event, Stop):
                self.violations[3].append(f"{self.now:.3f}: close {self.closes_since_stop} after stop, on {event}")
        self.sockets[gen].closing = True
        self.later(self.random.choice([0.0, 0.01, 0.5, 1.9]), lambda: self._closed(gen, None))

    def _closed(self, gen: int, code: int | None) -> None:
        if self.sockets.pop(gen, None) is not None:
            self.give(Closed(gen, code))

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

    def _send_snapshot(self, gen: int) -> None:
        snapshot = self.snapshot()
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

    def _vouch(self, snapshot: Snapshot | PartAStatusAnswer) -> None:
        if isinstance(snapshot, PartAStatusAnswer):
            self.vouched_until = max(self.vouched_until, self.now + 5.0 if snapshot.is_capturing else 0.0)
        elif snapshot.live.state is LiveState.PAUSED:
            self.vouched_until = max(self.vouched_until, self.now + (snapshot.live.resume_by_seconds or 0.0) + 2.0)

    def _status(self, req: int) -> None:
        server = self.server
        if server.hangs or server.status_hangs:
            return
        if not server.up:
            self.later(self._way(), lambda: self.give(StatusError(req)))
        elif server.status != 200:
            code = server.status
            self.later(self._way(), lambda: self.give(StatusError(req, code)))
        else:
            answer = self.part_a_answer() if server.part_a else self.snapshot()
            # Over another connection, so it may overtake, and be overtaken.
            self.later(
                self._way() + (self.random.choice([0.0, 0.3, 2.5]) if self.loss else 0.0),
                lambda: self._answer(req, answer),
            )

    def _answer(self, req: int, answer: Snapshot | PartAStatusAnswer) -> None:
        self._vouch(answer)
        if self.dead_since is not None:
            self.dead_since = self.now
        self.give(SnapshotArrived(FromStatus(req), answer))

    # The service -----------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        server = self.server
        left = None if server.pause_ends is None else max(0.0, server.pause_ends - self.now)
        return Snapshot(
            boot_id=f"boot-{server.boot}",
            rev=server.rev,
            now_us=max(0, int((self.now + self.wall_offset) * 1e6)),
            camera=CameraStatus(id="1", state=server.camera),
            live=LiveStatus(state=server.live, resume_by_seconds=left, seq=server.seq),
        )

    def part_a_answer(self) -> PartAStatusAnswer:
        capturing = self.server.pause_ends is not None
        return PartAStatusAnswer(
            is_capturing=capturing, capture_start_time=1.7e9 + self.now + self.wall_offset if capturing else None
        )

    def change(self, **fields: Any) -> None:
        """Something about the service changes, which its viewers are told."""
        for name, value in fields.items():
            setattr(self.server, name, value)
        self.server.rev += 1
        self._tell()

    def _tell(self) -> None:
        if self.server.part_a or self.server.dead:
            return
        for socket in list(self.sockets.values()):
            if socket.boot == self.server.boot:
                self._send_snapshot(socket.gen)

    def _heartbeat(self) -> None:
        self._tell()
        self.later(1.0, self._heartbeat)

    def _frame(self) -> None:
        self.later(FRAME_PERIOD, self._frame)
        server = self.server
        showing = server.camera in {CameraState.READY, CameraState.CAPTURING} and server.live is LiveState.RUNNING
        if server.dead or server.stalled or not showing:
            return
        server.seq += 1
        seq, valid = server.seq, server.whole_frames
        for socket in list(self.sockets.values()):
            if socket.boot == server.boot:
                gen = socket.gen
                # A frame may overtake nothing on its socket, but the slot may hand out an older one a second time.
                again = seq - 1 if self.random.random() < self.loss / 4 else seq
                self._send(gen, lambda gen=gen, again=again: self._frame_arrives(gen, again, valid))

    def _frame_arrives(self, gen: int, seq: int, valid: bool) -> None:
        self._hear(gen)
        self.give(FrameArrived(gen, seq, valid))

    def _restart_preview(self) -> None:
        if not self.server.dead:
            self.server.stalled = False

    def capture(self, seconds: float) -> None:
        server = self.server
        if server.dead or server.pause_ends is not None or server.camera is not CameraState.READY:
            return
        server.pause_ends = self.now + seconds
        self.change(camera=CameraState.CAPTURING, live=LiveState.PAUSED)
        if server.part_a:
            self.cut(1012)
        boot, ends = server.boot, server.pause_ends
        self.later(seconds, lambda: self._captured(boot, ends))

    def _captured(self, boot: int, ends: float) -> None:
        if self.server.boot == boot and self.server.pause_ends == ends and not self.server.dead:
            self.server.pause_ends = None
            self.change(camera=CameraState.READY, live=LiveState.RUNNING)

    def cut(self, code: int | None = 1006) -> None:
        """Every socket is closed, and its end knows it."""
        for gen in list(self.sockets):
            self.later(self._way(), lambda gen=gen: self._closed(gen, code))

    def kill(self) -> None:
        self.server.up = False
        self.server.pause_ends = None
        self._die()
        self.cut(None)

    def half_open(self) -> None:
        """The present sockets fall silent without being closed."""
        for socket in self.sockets.values():
            socket.half_open = True

    def hang(self) -> None:
        """Power or cable gone: nothing answers, nothing closes."""
        self.server.hangs = True
        self.half_open()
        self._die()

    def _die(self) -> None:
        # Messages that are still on their way have arrived by then.
        self.dead_since = self.now + self.latency

    def boot(self) -> None:
        """The service starts, as a new run of itself."""
        self.kill()
        old = self.server
        self.server = Server(boot=old.boot + 1, part_a=old.part_a, status=old.status, closes_at_once=old.closes_at_once)
        self.dead_since = None

    def heal(self) -> None:
        """From now on everything is well; what hangs is torn down."""
        server = self.server
        self.loss, self.latency = 0.0, 0.005
        if not server.up:
            self.boot()
        server = self.server
        server.up = server.accepts = server.whole_frames = True
        server.hangs = server.closes_at_once = server.status_hangs = server.stalled = False
        server.status = 200
        server.pause_ends = None
        self.dead_since = None
        for socket in list(self.sockets.values()):
            if socket.half_open or socket.boot != server.boot:
                gen = socket.gen
                self.later(0.0, lambda gen=gen: self._closed(gen, 1006))
        self.change(camera=CameraState.READY, live=LiveState.RUNNING)
