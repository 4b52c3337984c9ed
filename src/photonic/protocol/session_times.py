"""All time constants of the session machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """All values are in seconds, unless the name says otherwise.

    ``lease_longest_seconds``: how long a pause is trusted after one snapshot; the next snapshot renews it.
    ``compat_lease_seconds``: how long a reported capture is trusted while later requests get no answer.
    ``heartbeat_longest_seconds``: the limit for the learned heartbeat, so that a suspended computer does not raise it.
    ``close_seconds``: when a closing socket counts as closed. ``doubt_poll_seconds`` and ``doubt_seconds``: how often,
    and for how long, the service is asked which of two runs is current, before a new dial decides.

    ``retry_after_seconds``: how long to wait when the service is full and does not say how long;
    ``retry_after_longest_seconds``: the longest wait that is honoured.

    ``burst_dials``, ``dials_per_second`` and ``deepest_debt_dials`` form a token bucket: in any 10 s, at most
    ``burst_dials + 10 * dials_per_second`` = 10 dials go to a service that does not answer, and the next token is never
    more than 4 s away.
    """

    dial_seconds: float = 4.0
    status_request_seconds: float = 2.0
    first_message_seconds: float = 10.0
    heartbeat_shortest_seconds: float = 3.0
    heartbeat_longest_seconds: float = 15.0
    heartbeat_gaps: float = 3.0
    frame_seconds: float = 4.0
    preview_restart_seconds: float = 10.0
    delay_first_seconds: float = 0.1
    delay_longest_seconds: float = 5.0
    dial_floor_seconds: float = 0.1
    steady_seconds: float = 5.0
    hold_delay_seconds: float = 1.0
    capture_poll_seconds: float = 0.5
    unknown_poll_seconds: float = 1.0
    lease_margin_seconds: float = 2.0
    lease_longest_seconds: float = 3600.0
    compat_lease_seconds: float = 5.0
    close_seconds: float = 2.0
    doubt_poll_seconds: float = 0.5
    doubt_seconds: float = 4.0
    refused_probe_seconds: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0)
    retry_after_seconds: float = 5.0
    retry_after_longest_seconds: float = 60.0
    burst_dials: float = 5.0
    dials_per_second: float = 0.5
    deepest_debt_dials: float = -1.0
