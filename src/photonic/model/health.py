"""Diagnosis for the operator: the viewers, the recovery attempts, the log, the findings of the doctor."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from photonic.model.api import StatusAnswer
from photonic.model.frame import Scale
from photonic.model.hook import TargetHealth
from photonic.model.verification import VerifiedPhotos


class ViewerHealth(BaseModel):
    """One viewer. ``fps``: frames sent per second, over the last few seconds; the counts cover the whole connection.

    ``taken``: frames sent; ``missed``: frames dropped because the previous one was still being sent; ``skipped``:
    frames left out because of ``max_fps``. All are ``None`` for a viewer that requests a single frame. ``reason``: why
    its frames are smaller than the camera's.
    """

    kind: str
    fps: float | None = None
    taken: int | None = None
    missed: int | None = None
    skipped: int | None = None
    scale: Scale = Scale.FULL
    max_fps: float | None = None
    reason: str | None = None


class RecoveryAttempt(BaseModel):
    """One step of recovering the camera; ``rung``: its rung of the recovery ladder, 0: waiting, before the first rung.

    ``outcome``: ``worked`` or ``in vain``; ``None``: still in progress.
    """

    began_at: datetime
    ended_at: datetime | None = None
    rung: int
    reason: str
    outcome: str | None = None


class RoomLeft(BaseModel):
    """An estimate of how many more photos fit; ``None``: unknown (before the first photo, or without a card)."""

    on_disk: int | None = None
    on_card: int | None = None


class CameraHealth(BaseModel):
    """``GET /camera/health``: details of one camera that the snapshot does not contain; ``recoveries``: oldest first.

    ``targets``: the hooks and webhooks that are notified of its photos. Both are empty unless the operator asks.
    ``verification``: when its stored photos were last found to be whole.
    """

    camera_id: str
    status: StatusAnswer
    viewers: tuple[ViewerHealth, ...] = ()
    recoveries: tuple[RecoveryAttempt, ...] = ()
    room: RoomLeft = RoomLeft()
    targets: tuple[TargetHealth, ...] = ()
    verification: VerifiedPhotos = VerifiedPhotos()


class LogLine(BaseModel):
    """One line of the service's log; ``number`` counts from 1 at the start of the service and never repeats.

    A repeated line replaces the previous one and gets a new number: ``count``: how often it was logged; ``first_at``:
    when it was first logged; ``at``: when it was last logged.
    """

    number: int
    at: datetime
    level: str
    logger: str
    text: str
    count: int = 1
    first_at: datetime | None = None


class LogPage(BaseModel):
    """``GET /diagnosis/log``: oldest first; ``newest``: the ``after`` of the next request, 0 for an empty log."""

    lines: tuple[LogLine, ...]
    newest: int


class DoctorFinding(BaseModel):
    """One check of ``photonic doctor``; ``mend``: how to fix the problem; ``code``: its exit code."""

    check: str
    outcome: Literal["ok", "warning", "failed", "skipped"]
    what: str
    why: str | None = None
    mend: str | None = None
    code: int = 0


class DoctorReport(BaseModel):
    """``GET /diagnosis/doctor``; ``code``: the exit code of the first failure, 0 without any.

    ``failure``: why the doctor itself could not finish, for people; ``code`` is then ``None``.
    """

    code: int | None = None
    findings: tuple[DoctorFinding, ...] = ()
    failure: str | None = None


class Versions(BaseModel):
    """The installed versions; ``packages``: the dependencies of photonic."""

    photonic: str
    python: str
    system: str
    packages: dict[str, str] = Field(default_factory=dict)
