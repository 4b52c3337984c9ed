"""What is promised to viewers, judged while a history runs.

- Invariant 10: the session machine keeps its own thirteen invariants (``session_invariants``), whatever the service,
  the network and the camera do. Eleven of them are watched at every input (``SessionWatch``); 5 and 13 are judged here,
  while nothing disturbs; 7 needs no world, since the machine is never told a wall clock.
- Invariant 5: live view is not called running without a frame, nor the camera ready without a process.
- Invariant 6: when nothing disturbs any more, live view is back.

A viewer is judged by what it knows, so all of these hold to the end of the line: through the status feed, the socket,
the client. The judge only looks: it reads numbers of the service, and calls nothing that would make it notice a change.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.status import CameraState, LiveState
from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.simulation.network import Network
    from tests.simulation.viewers import SimulatedViewer

    from photonic.service.camera.controller import CameraController

LOOK_EVERY_SECONDS = 0.2
STATUS_EVERY_SECONDS = 1.5
"""A change is told within a second and the lull of the feed; the rest is the way."""
STATUS_REQUEST_SECONDS = 2.0
FRAMES_SECONDS = 2.6
"""How long live view may be called running without a frame: the time after which the service says so, and the way."""
PROCESS_SECONDS = 1.0
WAY_SECONDS = 0.3
"""Of a status from the service to the viewer, and until the judge looks."""
SHOWN_SECONDS = 15.0 + 5.0 + 4.0 + 2.0
"""A lost socket is noticed, a delay, a dial, a first frame (``session.md``, 5)."""
BACK_SECONDS = 300.0
UNCONNECTED = frozenset({SessionState.DIALING, SessionState.BACKOFF})


@dataclass(frozen=True)
class LivingService:
    """What the judge may know of the service that runs.

    ``boot_id`` is what it calls this run; ``has_process`` tells whether its camera has a process.
    """

    boot_id: str
    controller: CameraController
    has_process: Callable[[], bool]


class ViewerJudge:
    """Looks at all viewers several times a second.

    Args:
        network: The network that they watch over.
        viewers: The viewers.
        report: Called with the invariant's number, the rule and what happened, for each finding.
    """

    def __init__(
        self, network: Network, viewers: Sequence[SimulatedViewer], report: Callable[[int, str, str], None]
    ) -> None:
        self._network = network
        self._viewers = viewers
        self._report = report
        self._boots: list[str] = []
        self._service: LivingService | None = None
        self._well_since: float | None = None
        self._revisions: deque[tuple[float, int]] = deque()
        self._frames = 0
        self._frame_at = 0.0
        self._flows_since: float | None = None
        self._process_at = 0.0
        self._content_at: dict[int, float] = {}
        self.looks = 0

    def order_of(self, boot_id: str) -> int:
        """The place of a run of the service among all runs."""
        return self._boots.index(boot_id) + 1

    def service_began(self, service: LivingService) -> None:
        """The service runs, for the first time or again."""
        now = self._network.outside.time()
        self._boots.append(service.boot_id)
        self._service = service
        self._frames = service.controller.hub.sequence
        self._frame_at = self._process_at = now
        self._forget()
        for viewer in self._viewers:
            for watch in viewer.watches:
                watch.dead_since = None

    def service_died(self) -> None:
        """It does not run any more."""
        now = self._network.outside.time()
        self._service = None
        self._forget()
        for viewer in self._viewers:
            for watch in viewer.watches:
                watch.dead_since = now + WAY_SECONDS

    async def watch(self) -> None:
        """Look, until cancelled; on the loop of the viewers."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            self.look()

    def look(self) -> None:
        """Judge this moment."""
        self.looks += 1
        now = self._network.outside.time()
        self._judge_watches()
        service = self._service
        if service is None or self._network.disturbed:
            self._forget()
        elif self._well_since is None:
            self._well_since = now
        if service is None:
            for viewer in self._viewers:
                for watch in viewer.watches[-1:]:
                    watch.dead_since = watch.dead_since or now
            return
        self._observe(service, now)
        if self._well_since is not None:
            for viewer in self._viewers:
                self._judge(viewer, service, self._well_since, now)

    def judge_the_end(self, quiet_seconds: float) -> None:
        """After ``quiet_seconds`` without a disturbance, every viewer that stays sees live view (invariant 6)."""
        if quiet_seconds < BACK_SECONDS:
            return
        now = self._network.outside.time()
        for viewer in self._viewers:
            session = viewer.session
            if session is None or session.state is not SessionState.LIVE:
                state = "nothing" if session is None else f"{session.state}: {session.reason}"
                self._report(6, "live view is back", f"{now:.1f}: viewer {viewer.number} has {state}")

    # What it saw ------------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._well_since = self._flows_since = None
        self._revisions.clear()

    def _observe(self, service: LivingService, now: float) -> None:
        hub = service.controller.hub
        if hub.sequence != self._frames:
            self._frames, self._frame_at = hub.sequence, now
            if self._flows_since is None:
                self._flows_since = now
        elif now - self._frame_at > STATUS_EVERY_SECONDS:
            self._flows_since = None
        if service.has_process():
            self._process_at = now
        rev = service.controller._revision.number
        if not self._revisions or self._revisions[-1][1] != rev:
            self._revisions.append((now, rev))
        while len(self._revisions) > 1 and self._revisions[1][0] <= now - STATUS_EVERY_SECONDS:
            self._revisions.popleft()

    # Judgement --------------------------------------------------------------------------------------------------------

    def _judge_watches(self) -> None:
        for viewer in self._viewers:
            for watch in viewer.watches[-2:]:
                for number, violations in watch.violations.items():
                    for text in violations:
                        self._report(10, f"session {number}", f"viewer {viewer.number}: {text}")
                    violations.clear()
            if viewer.failure is not None:
                self._report(8, "no task fails unheard", f"viewer {viewer.number}: {viewer.failure!r}")
        failures = self._network.outside.failures
        for context in failures:
            self._report(8, "no task fails unheard", f"outside of the service: {context}")
        failures.clear()

    def _judge(self, viewer: SimulatedViewer, service: LivingService, well_since: float, now: float) -> None:
        session = viewer.session
        if session is None or not session.wanted:
            return
        gen, watch = session.link.gen, viewer.watch
        socket, heard = watch.sockets.get(gen), watch.heard.get(gen, [])
        if socket is not None and socket.open and not socket.closing and len(heard) > 1:
            since = max(well_since, heard[1])
            late = (session.heartbeat_seconds or 0.0) + STATUS_REQUEST_SECONDS + WAY_SECONDS
            if now > since + late:
                self._judge_known(viewer, service, now)
        if session.state in UNCONNECTED or (session.state is SessionState.SYNCING and self._flows_since is not None):
            if now - max(self._content_at.get(viewer.number, 0.0), well_since, viewer.came_at) > SHOWN_SECONDS:
                text = f"{now:.2f}: viewer {viewer.number} is {session.state}: {session.reason}"
                self._report(10, "session 5", text)
        else:
            self._content_at[viewer.number] = now

    def _judge_known(self, viewer: SimulatedViewer, service: LivingService, now: float) -> None:
        """What the viewer knows is what the service says, and that is true (13 of ``session.md``, and 5)."""
        session = viewer.session
        snapshot = None if session is None else session.view.snapshot
        least = self._revisions[0][1]
        if snapshot is None or snapshot.boot_id != service.boot_id or snapshot.rev < least:
            known = "nothing" if snapshot is None else f"{snapshot.boot_id} rev {snapshot.rev}"
            text = f"{now:.2f}: viewer {viewer.number} knows {known}; the service is {service.boot_id} rev {least}"
            self._report(10, "session 13", text)
            return
        if snapshot.live.state is LiveState.RUNNING and now - self._frame_at > FRAMES_SECONDS + WAY_SECONDS:
            text = f"{now:.2f}: viewer {viewer.number} is told running; the last frame came at {self._frame_at:.2f}"
            self._report(5, "running without a frame", text)
        if snapshot.camera.state is CameraState.READY and now - self._process_at > PROCESS_SECONDS + WAY_SECONDS:
            text = f"{now:.2f}: viewer {viewer.number} is told ready; there is no process since {self._process_at:.2f}"
            self._report(5, "ready without a process", text)
