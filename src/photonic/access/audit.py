"""What the audit log records, and how much of it. No I/O, no clock.

Theory of operation. The log answers "who did that, and how did they get in?" weeks later. So it must survive an
attacker who makes as many entries as possible: failures (which a stranger can cause) have a small quota of their own,
and cannot displace the entries about what was done. What exceeds a quota is counted, and the next entry of its kind
tells how many were left out.

No entry contains a secret: events name sessions, links, codes and tokens by their ids and names, and settings without
their values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.access.principal import Principal

TEXT_LIMIT = 200
"""Characters of one field; a client chooses some of them."""


class AuditAction(StrEnum):
    """What happened."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    ELEVATED = "elevated"
    ELEVATION_FAILED = "elevation_failed"
    SESSION_ENDED = "session_ended"
    CODE_MADE = "code_made"
    CODE_REVOKED = "code_revoked"
    LINK_MADE = "link_made"
    LINK_REVOKED = "link_revoked"
    PHOTO_DELETED = "photo_deleted"
    PHOTO_RESTORED = "photo_restored"
    SETTING_CHANGED = "setting_changed"


FAILURES = frozenset({AuditAction.SIGN_IN_FAILED, AuditAction.ELEVATION_FAILED})
"""The actions of people who may be strangers."""
VISITS = frozenset({AuditAction.SIGNED_IN, AuditAction.SIGNED_OUT})


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event.

    Args:
        action: What happened.
        who: The principal's name; ``None``: nobody who is known.
        role: The principal's role; ``None``: none.
        means: How the principal got in, such as ``bearer`` or ``session``; ``None``: not at all.
        address: The client's address; ``None``: it has none (a Unix socket).
        what: The id or name of what was made, ended, deleted or changed; never a secret; ``None``: nothing was.
        camera: The camera's name; ``None``: no camera is concerned.
        omitted: How many earlier events of the same quota were left out.
    """

    action: AuditAction
    who: str | None = None
    role: str | None = None
    means: str | None = None
    address: str | None = None
    what: str | None = None
    camera: str | None = None
    omitted: int = 0

    def fields(self) -> Mapping[str, str | int]:
        """The fields that are set, cut to ``TEXT_LIMIT``."""
        named = ("who", "role", "means", "address", "what", "camera")
        texts = {name: getattr(self, name) for name in named}
        shown: dict[str, str | int] = {name: text[:TEXT_LIMIT] for name, text in texts.items() if text is not None}
        return {"action": self.action.value, **shown, **({"omitted": self.omitted} if self.omitted else {})}


def event_of(
    action: AuditAction,
    principal: Principal | None,
    *,
    address: str | None,
    what: str | None = None,
    camera: str | None = None,
) -> AuditEvent:
    """The event of something that this principal did; ``None``: nobody who is known did it."""
    if principal is None:
        return AuditEvent(action, address=address, what=what, camera=camera)
    return AuditEvent(
        action,
        who=principal.name,
        role=principal.role.value,
        means=principal.means.value,
        address=address,
        what=what,
        camera=camera,
    )


@dataclass(frozen=True, slots=True)
class Quota:
    """``at_once`` events, and one more every ``seconds``."""

    at_once: int
    seconds: float


OF_FAILURES = Quota(20, 60.0)
"""At most 1,440 entries a day: a guesser needs weeks to displace other entries from a log of 5 MB."""
OF_VISITS = Quota(50, 20.0)
OF_OTHERS = Quota(100, 1.0)


class AuditQuotas:
    """Decides which events are recorded: token buckets for failures, for visits, and for everything else.

    Everyone with a guest's token can sign in and out as often as they like.
    """

    def __init__(self, failures: Quota = OF_FAILURES, visits: Quota = OF_VISITS, others: Quota = OF_OTHERS) -> None:
        self._failures = _Bucket(failures)
        self._visits = _Bucket(visits)
        self._others = _Bucket(others)

    @property
    def omitted(self) -> int:
        """How many events were left out that no recorded event reports yet."""
        return self._failures.omitted + self._visits.omitted + self._others.omitted

    def _bucket(self, action: AuditAction) -> _Bucket:
        if action in FAILURES:
            return self._failures
        return self._visits if action in VISITS else self._others

    def admit(self, event: AuditEvent, now: float) -> AuditEvent | None:
        """The event to record, with the number of those left out before it; ``None``: this one is left out.

        ``now``: seconds, monotonic.
        """
        bucket = self._bucket(event.action)
        omitted = bucket.take(now)
        return None if omitted is None else replace(event, omitted=omitted)


class _Bucket:
    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._left = float(quota.at_once)
        self._at: float | None = None
        self.omitted = 0

    def take(self, now: float) -> int | None:
        """How many were left out before this one; ``None``: this one is left out, too."""
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._left = min(float(self._quota.at_once), self._left + passed / self._quota.seconds)
        if self._left < 1.0:
            self.omitted += 1
            return None
        self._left -= 1.0
        omitted, self.omitted = self.omitted, 0
        return omitted
