"""Durations and times as typed on a command line: ``90s``, ``1m30s``, ``18:30``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from photonic.errors import BadInput

_DURATION = re.compile(
    r"(?:(?P<days>\d+(?:\.\d+)?)d)?(?:(?P<hours>\d+(?:\.\d+)?)h)?(?:(?P<minutes>\d+(?:\.\d+)?)m(?!s))?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)s)?(?:(?P<milliseconds>\d+(?:\.\d+)?)ms)?"
)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def made_now() -> str:
    """The time of day (ISO 8601) for a token that is made now; it is only shown."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def duration(text: str, option: str) -> float:
    """The seconds in ``500ms``, ``2h30m``, ``7d`` or a bare number. Raises ``BadInput`` that names ``option``."""
    plain = text.strip().lower().replace(" ", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return float(plain)
    found = _DURATION.fullmatch(plain)
    if not plain or found is None:
        raise BadInput(f"{option} takes a duration such as 10s, 1m30s or 500ms, not {text!r}")
    return timedelta(**{unit: float(amount) for unit, amount in found.groupdict(default="0").items()}).total_seconds()


def span(seconds: float) -> str:
    """A duration as text: ``7 d``, ``1 h 30 min``, ``45 s``; seconds only below a minute."""
    hours, rest = divmod(round(seconds), 3600)
    days, hours = divmod(hours, 24)
    minutes, whole = divmod(rest, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(filter(None, parts)) or f"{whole} s"


def moment(text: str, option: str, now: datetime) -> datetime:
    """The next occurrence of a time of day (``18:30``) in ``now``'s time zone, or an ISO 8601 time.

    ``now`` has a time zone, and so has the result. Raises ``BadInput`` that names ``option``.
    """
    if (clock := _CLOCK.fullmatch(text.strip())) is not None:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        today = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
        return today if today > now else today + timedelta(days=1)
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(f"{option} takes a time such as 18:30 or 2026-05-01T18:30, not {text!r}") from error
    return given if given.tzinfo is not None else given.replace(tzinfo=now.tzinfo)
