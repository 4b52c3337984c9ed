"""What a check of the stored photos found, what was repaired, and how far a running check is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

VERIFY_RATE_MB = 10
"""Megabytes a second in idle time: a day for 860 GB, and a tenth of what the slowest disk reads."""
INDEX_COPIES = 2
"""How many copies of the index are kept."""
SHOWN_FINDINGS = 200
"""How many findings a report lists; the others are only counted."""


class FindingKind(StrEnum):
    """What is wrong with a file.

    ``MISSING``: recorded, but not there. ``EMPTY``: recorded, but without content. ``CHANGED``: not what the camera
    sent. ``TWICE``: its content has another name in the photo root, too. ``ORPHAN``: a photo that no record mentions.
    ``UNREADABLE``: the disk refuses to read it.
    """

    MISSING = "missing"
    EMPTY = "empty"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    TWICE = "twice"
    ORPHAN = "orphan"


HARMLESS = frozenset({FindingKind.TWICE, FindingKind.ORPHAN})
"""No photo is lost by these, and other programs may have made the files: they are told, and never touched."""


class VerificationFinding(BaseModel):
    """One file.

    ``path``: below the photo root, or below the second folder for ``place`` ``second``. ``other``: for ``twice``, the
    file that is on record. ``repaired``: where its content was fetched from; ``None``: it was not repaired. ``note``:
    what was done about it, or why nothing was, for people.
    """

    kind: FindingKind
    path: str
    place: Literal["photos", "second"] = "photos"
    capture_id: str | None = None
    other: str | None = None
    repaired: Literal["second", "card", "staging", "photos"] | None = None
    note: str | None = None


class VerificationReport(BaseModel):
    """One check of all files. ``findings``: the first ones; ``counts``: of all, by kind, those that were repaired too.

    ``open_count``: findings that are no trifle and were not repaired. ``clean``: there are none. ``second``: whether
    the second copies were compared too, ``None``: there is no second disk; ``False``: it was gone or hung, if only at
    the end, and ``second_reason`` says which, and what to do. ``adopted``: how many photos without a record got one.
    """

    began_at: datetime
    ended_at: datetime | None = None
    repair: bool = False
    adopt: bool = False
    adopted: int = 0
    files: int = 0
    bytes: int = 0
    second: bool | None = None
    second_reason: str | None = None
    counts: dict[FindingKind, int] = {}
    repaired: int = 0
    open_count: int = 0
    findings: tuple[VerificationFinding, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing is left to repair."""
        return self.open_count == 0


class VerificationProgress(BaseModel):
    """A check in progress. ``of_files``: how many are recorded. ``idle``: it was not requested."""

    began_at: datetime
    files: int
    of_files: int
    bytes: int
    idle: bool


class VerificationStatus(BaseModel):
    """``GET /verification``: the check in progress, the last one that ended, and when one last ended clean.

    ``reindexed``: the last search for photos without a record, in this run. ``requested``: how many checks were
    requested since the start, which is the number of the newest request. ``requests``: how many of them have ended.
    ``reason``: why the photos cannot be checked now; it is tried again. ``waiting``: photos that will be fetched from
    the card once the camera is there. ``unread``: photos that a start after an unclean stop of the machine has still to
    read. ``rebuilt``: how the index was made again at this start.
    """

    running: VerificationProgress | None = None
    last: VerificationReport | None = None
    reindexed: VerificationReport | None = None
    clean_at: datetime | None = None
    requested: int = 0
    requests: int = 0
    reason: str | None = None
    waiting: int = 0
    unread: int = 0
    rebuilt: str | None = None

    @property
    def brief(self) -> VerifiedPhotos:
        """What a status shows of it."""
        return VerifiedPhotos(
            clean_at=self.clean_at,
            open_count=0 if self.last is None else self.last.open_count,
            unread=self.unread,
            rebuilt=self.rebuilt,
        )


class VerifiedPhotos(BaseModel):
    """The checks in brief: when one last ended clean (``None``: never), and what the last one left open.

    ``unread``, ``rebuilt``: as in ``VerificationStatus``.
    """

    clean_at: datetime | None = None
    open_count: int = 0
    unread: int = 0
    rebuilt: str | None = None


class VerificationRequest(BaseModel):
    """``POST /verification``.

    ``repair``: fetch what is damaged from the second copy or the card. ``adopt``: list photos that no record mentions.
    """

    model_config = ConfigDict(extra="forbid")

    repair: bool = False
    adopt: bool = False
