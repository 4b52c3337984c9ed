"""What an operator asks when something is wrong: who watches, what recovery tried, the log, what the doctor says."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from photonic.model.api import StatusAnswer
from photonic.model.frame import Scale
from photonic.model.hook import TargetHealth


class ViewerHealth(BaseModel):
    """One viewer. ``fps``: frames that were sent to it a second, over the last few; the counts are of its whole time.

    ``missed``: it was still sending when they came; ``skipped``: it did not want them (``max_fps``). The figures are
    ``None`` for a viewer that takes one picture. ``reason``: why its frames are smaller than the camera's.
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
    """One step of recovery: ``rung`` 0 is waiting outside the ladder.

    ``outcome``: ``worked`` or ``in vain``, ``None`` while it is under way.
    """

    began_at: datetime
    ended_at: datetime | None = None
    rung: int
    reason: str
    outcome: str | None = None


class RoomLeft(BaseModel):
    """How many more photos there is room for, about; ``None``: not known (before the first photo, without a card)."""

    on_disk: int | None = None
    on_card: int | None = None


class CameraHealth(BaseModel):
    """``GET /camera/health``: what the snapshot does not say of one camera; recoveries oldest first.

    ``targets``: the hooks and webhooks that are told of its photos.
    """

    camera_id: str
    status: StatusAnswer
    viewers: tuple[ViewerHealth, ...] = ()
    recoveries: tuple[RecoveryAttempt, ...] = ()
    room: RoomLeft = RoomLeft()
    targets: tuple[TargetHealth, ...] = ()


class LogLine(BaseModel):
    """One line of the service's log; ``number`` counts from 1 since the start, and none is given twice.

    A line that is logged again takes the place of the one before, with a new number: ``count`` says how often it came,
    ``first_at`` when it first did; ``at`` is the last time.
    """

    number: int
    at: datetime
    level: str
    logger: str
    text: str
    count: int = 1
    first_at: datetime | None = None


class LogPage(BaseModel):
    """``GET /diagnosis/log``: oldest first; ``newest``: what to ask ``after`` the next time, 0 while there is none."""

    lines: tuple[LogLine, ...]
    newest: int


class DoctorFinding(BaseModel):
    """One check of ``photonic doctor``; ``mend``: what to do about it, ``code``: the exit code that it gives."""

    check: str
    outcome: Literal["ok", "warning", "failed", "skipped"]
    what: str
    why: str | None = None
    mend: str | None = None
    code: int = 0


class DoctorReport(BaseModel):
    """``GET /diagnosis/doctor``; ``code``: the first failure's, 0 when nothing failed.

    ``failure``: why the doctor itself came to no end (``code`` is ``None`` then), for people.
    """

    code: int | None = None
    findings: tuple[DoctorFinding, ...] = ()
    failure: str | None = None


class Versions(BaseModel):
    """What runs here; ``packages`` are those that photonic depends on."""

    photonic: str
    python: str
    system: str
    packages: dict[str, str] = Field(default_factory=dict)
