"""What one socket has received so far, and when its silence means that it is dead. Exists as long as its socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.protocol.session_times import SessionTimes

GAP_WINDOW_SECONDS = 10.0


class Reception:
    """Messages, frames and gaps of one socket generation.

    ``boot_id``: the run of the service at the other end; ``None``: it has sent no snapshot. ``run_since`` and
    ``run_after``: when that run sent its first snapshot, and the last number used by then. ``fresh_at``: when the last
    frame was shown that still counts as live view; ``None``: there is none. ``due_since``: since when a frame is due.
    """

    def __init__(self, times: SessionTimes, now: float) -> None:
        self._times = times
        self._opened_at = now
        self._heard_at: float | None = None
        self._slowest_gap = 0.0
        self._slowest_gap_before = 0.0
        self._window_ends = now + GAP_WINDOW_SECONDS
        self._newest_seq: int | None = None
        self._flowing_since: float | None = None
        self.boot_id: str | None = None
        self.run_since = now
        self.run_after = 0
        self._snapshot_at = now
        self.fresh_at: float | None = None
        self.due_since = now

    @property
    def heard(self) -> bool:
        """Whether any message has arrived."""
        return self._heard_at is not None

    def message(self, now: float) -> None:
        """Record a message, valid or not."""
        if self._heard_at is not None:
            if now >= self._window_ends:
                self._slowest_gap_before, self._slowest_gap = self._slowest_gap, 0.0
                self._window_ends = now + GAP_WINDOW_SECONDS
            self._slowest_gap = max(self._slowest_gap, now - self._heard_at)
        self._heard_at = now

    def named(self, boot_id: str, newest_sent: int, now: float) -> None:
        """Record a snapshot of this run of the service."""
        self._snapshot_at = now
        if boot_id != self.boot_id:
            self.boot_id, self.run_after, self.run_since = boot_id, newest_sent, now

    def frame(self, seq: int, now: float) -> bool:
        """Record a valid frame; return whether to show it: it is newer than all others of this socket."""
        if self._newest_seq is not None and seq <= self._newest_seq:
            return False
        self._newest_seq = seq
        if self._flowing_since is None or not self.flowing(now):
            self._flowing_since = now
        self.fresh_at = self.due_since = now
        return True

    def steady(self, now: float) -> bool:
        """Whether frames have arrived for long enough to regard the connection as good."""
        return self._flowing_since is not None and now - self._flowing_since >= self._times.steady_seconds

    def flowing(self, now: float) -> bool:
        """Whether there is a fresh frame."""
        return self.fresh_at is not None and now < self.fresh_at + self._times.frame_seconds

    def interrupt(self) -> None:
        """The last frame no longer counts as live view (a pause, an absent camera, or too old)."""
        self.fresh_at = None
        self._flowing_since = None

    def expect(self, now: float) -> None:
        """Frames are due from now on."""
        self.due_since = now

    @property
    def silent_at(self) -> float | None:
        """When silence means that the socket is dead; ``None``: the socket has no heartbeat.

        Before the first message, the time limit for it applies. A socket that sends frames but no snapshot belongs to a
        service without a heartbeat, where only the absence of frames can be noticed.
        """
        if self._heard_at is None:
            return self._opened_at + self._times.first_message_seconds
        if self.boot_id is None:
            return None
        return self._heard_at + self.heartbeat_seconds

    @property
    def snapshot_expires_at(self) -> float:
        """When the last snapshot becomes too old, even if frames still arrive."""
        return self._snapshot_at + self.heartbeat_seconds + self._times.unknown_poll_seconds

    @property
    def heartbeat_seconds(self) -> float:
        """How long this socket may be silent: three times the slowest of its recent gaps, within bounds."""
        gap = max(self._slowest_gap, self._slowest_gap_before)
        patience = max(self._times.heartbeat_shortest_seconds, self._times.heartbeat_gaps * gap)
        return min(patience, self._times.heartbeat_longest_seconds)
