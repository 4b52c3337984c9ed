"""What one socket has brought so far, and when its silence becomes suspicious. Lives as long as its socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.protocol.session_times import SessionTimes

GAP_WINDOW_SECONDS = 10.0


class Reception:
    """Messages, frames and gaps of one socket generation.

    ``boot_id`` is the run of the service at the other end, ``None`` as long as it sent no snapshot; ``named_at`` and
    ``named_after`` are when it was first named, and the last number that had been given out by then; ``fresh_at`` the
    time of the last frame shown that still stands for live view, ``None`` when there is none; ``due_since`` the time
    from which a frame is waited for.
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
        self.named_at = now
        self.named_after = 0
        self._worded_at = now
        self.fresh_at: float | None = None
        self.due_since = now

    @property
    def heard(self) -> bool:
        """Whether anything at all has come."""
        return self._heard_at is not None

    @property
    def has_frames(self) -> bool:
        """Whether a valid frame has come."""
        return self._newest_seq is not None

    def message(self, now: float) -> None:
        """Something came, of whatever worth."""
        if self._heard_at is not None:
            if now >= self._window_ends:
                self._slowest_gap_before, self._slowest_gap = self._slowest_gap, 0.0
                self._window_ends = now + GAP_WINDOW_SECONDS
            self._slowest_gap = max(self._slowest_gap, now - self._heard_at)
        self._heard_at = now

    def named(self, boot_id: str, newest_sent: int, now: float) -> None:
        """A snapshot of this run of the service has come."""
        self._worded_at = now
        if boot_id != self.boot_id:
            self.boot_id, self.named_after, self.named_at = boot_id, newest_sent, now

    def frame(self, seq: int, now: float) -> bool:
        """Whether a valid frame is newer than every one shown on this socket, and so to be shown."""
        if self._newest_seq is not None and seq <= self._newest_seq:
            return False
        self._newest_seq = seq
        if self._flowing_since is None or not self.flowing(now):
            self._flowing_since = now
        self.fresh_at = self.due_since = now
        return True

    def steady(self, now: float) -> bool:
        """Whether frames have flowed for long enough to call the connection good."""
        return self._flowing_since is not None and now - self._flowing_since >= self._times.steady_seconds

    def flowing(self, now: float) -> bool:
        """Whether there is a fresh frame."""
        return self.fresh_at is not None and now < self.fresh_at + self._times.frame_seconds

    def interrupt(self) -> None:
        """What was shown no longer stands for live view (a pause, an absent camera, or too long ago)."""
        self.fresh_at = None
        self._flowing_since = None

    def expect(self, now: float) -> None:
        """Frames are due from now on."""
        self.due_since = now

    @property
    def silent_at(self) -> float | None:
        """When silence means that the socket is dead; ``None`` when nothing is known of its rhythm.

        Before the first message, the time that a service may take for it. A socket that sends frames but never a
        snapshot belongs to a service without a heartbeat: only its frames can be waited for.
        """
        if self._heard_at is None:
            return self._opened_at + self._times.first_message_seconds
        if self.boot_id is None:
            return None
        return self._heard_at + self.heartbeat_seconds

    @property
    def worded_until(self) -> float:
        """When what the socket has said of the service is too old, though frames may still come."""
        return self._worded_at + self.heartbeat_seconds + self._times.unknown_poll_seconds

    @property
    def heartbeat_seconds(self) -> float:
        """How long this socket may be silent: three times the slowest of its recent gaps, within bounds."""
        gap = max(self._slowest_gap, self._slowest_gap_before)
        patience = max(self._times.heartbeat_shortest_seconds, self._times.heartbeat_gaps * gap)
        return min(patience, self._times.heartbeat_longest_seconds)
