"""What the service last reported about itself, and what a viewer can expect from it."""

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
    """What a viewer can expect."""

    UNKNOWN = "nothing is known"
    DUE = "frames are due"
    PAUSED = "live view is paused and will come back"
    AWAY = "the camera cannot show anything now"


class Kick(Enum):
    """News that justifies dialing at once; reported once per cause."""

    PAUSE_ENDED = "the pause is over"
    CAMERA_READY = "the camera is back"
    NEW_BOOT = "the service was restarted"


class ServiceView:
    """The newest report of the service, with the lease on its pause.

    ``snapshot``: the newest one; ``None``: the service has the compat API only, or has not reported yet.
    ``compat_only``: whether the service has the compat API only; ``None``: unknown.
    """

    def __init__(self, times: SessionTimes) -> None:
        self._times = times
        self._order = SnapshotOrder()
        self._lease = Lease(margin_seconds=times.lease_margin_seconds, longest_seconds=times.lease_longest_seconds)
        self._capturing_since: int | None = None
        self._newest_seq = 0
        self._overtaken = False
        self.snapshot: Snapshot | None = None
        self.compat_only: bool | None = None

    @property
    def run(self) -> Hashable:
        """The present run of the service; ``None``: unknown."""
        return self._order.run

    def on_snapshot(self, snapshot: Snapshot, *, sent: int, newest_sent: int, now: float) -> Kick | None:
        """Process a snapshot; returns the kick in it, if any. ``sent``, ``newest_sent``: as in ``SnapshotOrder``."""
        before = self.snapshot
        order = self._order.ingest(snapshot.boot_id, snapshot.rev, sent=sent, newest_sent=newest_sent)
        if order.dropped:
            return None
        self.snapshot = snapshot
        self.compat_only = False
        if order is Order.SAME:
            # The service knows of the frame that seemed to end the pause, and still reports "paused".
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

    def on_compat_status(self, *, is_capturing: bool, req: int, newest_sent: int, now: float) -> Kick | None:
        """Process a status of the compat API; its captures report no deadline, so the lease is short.

        Args:
            is_capturing: Whether a capture is running.
            req: The number of the request that it answers.
            newest_sent: The last number given out.
            now: Monotonic seconds.
        """
        if self._order_compat(req, newest_sent).dropped:
            return None
        was_capturing = self._capturing_since is not None or _paused(self.snapshot)
        self.compat_only = True
        self.snapshot = None
        self._overtaken = False
        if is_capturing:
            self._capturing_since = self._capturing_since or req
            margin = self._times.lease_margin_seconds
            self._lease.grant(("compat", req), self._times.compat_lease_seconds - margin, now)
            return None
        self._capturing_since = None
        self._lease.end()
        return Kick.PAUSE_ENDED if was_capturing else None

    def frames_without_snapshot(self, gen: int, newest_sent: int) -> None:
        """A socket began with a frame: compat API only, unless known otherwise."""
        if self.compat_only is None:
            self.compat_only = True
        elif self.compat_only:
            self._order_compat(gen, newest_sent)

    def _order_compat(self, sent: int, newest_sent: int) -> Order:
        """The compat API does not name runs of the service: any report may be the first of another run."""
        return self._order.ingest(("compat", sent), 0, sent=sent, newest_sent=newest_sent)

    def frame(self, boot_id: str | None, seq: int) -> None:
        """A frame was shown: if newer than the report "paused" or "absent", it overrides the report.

        Sequence numbers can be compared within one run of the service only; across runs the frame is believed.
        """
        self._newest_seq = seq
        comparable = self.snapshot is not None and self.snapshot.boot_id == boot_id
        if self.snapshot is None or not comparable or seq > self.snapshot.live.seq:
            self._overtaken = True

    def outlook(self, now: float) -> Outlook:
        """What to expect now."""
        if self._lease.held(now) and not self._overtaken:
            return Outlook.PAUSED
        if self.snapshot is None:
            return Outlook.UNKNOWN
        if _away(self.snapshot) and not self._overtaken:
            return Outlook.AWAY
        # Paused, but without a lease: the pause has passed its own deadline, so frames are overdue.
        return Outlook.DUE if self.snapshot.live.state in {LiveState.RUNNING, LiveState.PAUSED} else Outlook.UNKNOWN

    @property
    def pause_expires_at(self) -> float | None:
        """When the pause is no longer believed; ``None``: there is none."""
        return self._lease.expires_at

    def end_pause(self) -> None:
        """The pause is over, or past its deadline."""
        self._lease.end()

    @property
    def reason(self) -> str | None:
        """The reason that the service gives, for people; ``None``: it gives none."""
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
