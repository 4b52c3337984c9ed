"""What the service has said of itself, and what follows from it for a viewer."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from photonic.model.status import CameraState, LiveState
from photonic.protocol.lease import Lease
from photonic.protocol.ordering import Order, SnapshotOrder

if TYPE_CHECKING:
    from collections.abc import Hashable

    from photonic.model.status import Snapshot
    from photonic.protocol.session_times import SessionTimes

CAMERA_AWAY = frozenset(
    {
        CameraState.STARTING,
        CameraState.RECOVERING,
        CameraState.ABSENT,
        CameraState.BLOCKED,
        CameraState.DISCONNECTED,
    }
)
LIVE_AWAY = frozenset({LiveState.UNSUPPORTED, LiveState.RECOVERING})


class Outlook(Enum):
    """What a viewer may expect."""

    UNKNOWN = "nothing is known"
    DUE = "frames are due"
    PAUSED = "live view is paused and will come back"
    AWAY = "the camera cannot show anything now"


class Kick(Enum):
    """News that make a dial worth it at once; each comes once per cause."""

    PAUSE_ENDED = "the pause is over"
    CAMERA_READY = "the camera is back"
    NEW_BOOT = "the service was restarted"
    REACHABLE = "the service answers again"


class ServiceView:
    """The newest word of the service, with the lease on its pause.

    ``snapshot`` is the newest one, ``None`` for a service that knows only part A or was not heard yet; ``part_a`` says
    which kind it is, ``None`` while unknown.
    """

    def __init__(self, times: SessionTimes) -> None:
        self._times = times
        self._order = SnapshotOrder()
        self._lease = Lease(margin_seconds=times.lease_margin_seconds, longest_seconds=times.lease_longest_seconds)
        self._capturing_since: int | None = None
        self._newest_seq = 0
        self._overtaken = False
        self.snapshot: Snapshot | None = None
        self.part_a: bool | None = None

    @property
    def run(self) -> Hashable:
        """The present run of the service, ``None`` while nothing is known."""
        return self._order.run

    def take(self, snapshot: Snapshot, *, sent: int, newest_sent: int, now: float) -> Kick | None:
        """Take a snapshot of part B; give the kick in it, if any. ``sent``, ``newest_sent``: as ``SnapshotOrder``."""
        before = self.snapshot
        order = self._order.take(snapshot.boot_id, snapshot.rev, sent=sent, newest_sent=newest_sent)
        if order.dropped:
            return None
        self.snapshot = snapshot
        self.part_a = False
        if order is Order.SAME:
            # The service has seen the frame that seemed to end the pause, and still says "paused".
            self._overtaken = self._overtaken and snapshot.live.seq < self._newest_seq
        else:
            self._overtaken = False
        if snapshot.live.state is LiveState.PAUSED:
            self._lease.grant((snapshot.boot_id, snapshot.rev), snapshot.live.resume_by_seconds, now)
        else:
            self._lease.end()
        if order is Order.NEW_RUN:
            return Kick.NEW_BOOT
        was_capturing, self._capturing_since = self._capturing_since is not None, None
        if snapshot.live.state is not LiveState.PAUSED and (was_capturing or _paused(before)):
            return Kick.PAUSE_ENDED
        return Kick.CAMERA_READY if before is not None and _away(before) and not _away(snapshot) else None

    def take_part_a(self, *, is_capturing: bool, req: int, newest_sent: int, now: float) -> Kick | None:
        """Take the answer of a service that knows only part A; its captures have no deadline, so ask again soon."""
        if self._nameless(req, newest_sent).dropped:
            return None
        was_capturing = self._capturing_since is not None or _paused(self.snapshot)
        self.part_a = True
        self.snapshot = None
        self._overtaken = False
        if is_capturing:
            self._capturing_since = self._capturing_since or req
            margin = self._times.lease_margin_seconds
            self._lease.grant(("part a", req), self._times.part_a_lease_seconds - margin, now)
            return None
        self._capturing_since = None
        self._lease.end()
        return Kick.PAUSE_ENDED if was_capturing else None

    def frames_without_snapshot(self, gen: int, newest_sent: int) -> None:
        """A socket began with a frame: part A, unless something else is known."""
        if self.part_a is None:
            self.part_a = True
        elif self.part_a:
            self._nameless(gen, newest_sent)

    def _nameless(self, sent: int, newest_sent: int) -> Order:
        """Runs of a service that knows only part A have no names: each word of one may be the first of another."""
        return self._order.take(("part a", sent), 0, sent=sent, newest_sent=newest_sent)

    def frame(self, boot_id: str | None, seq: int) -> None:
        """A frame was shown: one newer than the word "paused" or "absent" is the better news.

        Numbers can be compared within one run of the service only; across runs the frame is believed.
        """
        self._newest_seq = seq
        comparable = self.snapshot is not None and self.snapshot.boot_id == boot_id
        if self.snapshot is None or not comparable or seq > self.snapshot.live.seq:
            self._overtaken = True

    def outlook(self, now: float) -> Outlook:
        """What may be expected now."""
        if self._lease.held(now) and not self._overtaken:
            return Outlook.PAUSED
        if self.snapshot is None:
            return Outlook.UNKNOWN
        if _away(self.snapshot) and not self._overtaken:
            return Outlook.AWAY
        # Paused without a lease: the pause is past its own deadline, frames are overdue.
        return Outlook.DUE if self.snapshot.live.state in {LiveState.RUNNING, LiveState.PAUSED} else Outlook.UNKNOWN

    @property
    def pause_expires_at(self) -> float | None:
        """When the pause is no longer believed; ``None`` without one."""
        return self._lease.expires_at

    def end_pause(self) -> None:
        """The pause is past its time, or over."""
        self._lease.end()

    @property
    def reason(self) -> str | None:
        """The service's own words for people, ``None`` when it gave none."""
        if self.snapshot is None:
            return "a capture is running" if self._capturing_since is not None else None
        live, camera = self.snapshot.live, self.snapshot.camera
        if live.state is LiveState.PAUSED:
            return live.reason or "a capture is running"
        if camera.state in CAMERA_AWAY:
            return camera.reason or f"the camera is {camera.state}"
        return live.reason or (f"live view is {live.state}" if live.state in LIVE_AWAY else None)


def _away(snapshot: Snapshot) -> bool:
    return snapshot.camera.state in CAMERA_AWAY or snapshot.live.state in LIVE_AWAY


def _paused(snapshot: Snapshot | None) -> bool:
    return snapshot is not None and snapshot.live.state is LiveState.PAUSED
