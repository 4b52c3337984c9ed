"""The audit log on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class AuditEntry(BaseModel):
    """One entry: who did what, when, and how they got in.

    ``who``, ``role``, ``means``: ``None`` for a stranger. ``what``: the id or name of what was made, ended, deleted or
    changed. ``omitted``: how many earlier entries of the same quota were left out.
    """

    # A later version of photonic may have written more.
    model_config = ConfigDict(extra="ignore")

    at: datetime
    action: str
    who: str | None = None
    role: str | None = None
    means: str | None = None
    address: str | None = None
    what: str | None = None
    camera: str | None = None
    omitted: int = 0


class AuditPage(BaseModel):
    """``GET /access/audit``, the newest entry first. ``omitted``: events left out that no entry reports yet."""

    entries: tuple[AuditEntry, ...]
    omitted: int
