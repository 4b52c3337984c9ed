"""Whose photo a still is that came too late for the capture that may have taken it.

A capture can fail after its shutter has fired; its photo comes from the card, or by itself. It goes to the guest whose
capture it is, and nobody else's photo does: a still is a capture's only where the camera's clock says that it was taken
while that capture ran. What the clock does not decide is recorded as nobody's, with a word in both records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.journal.cards import Owed

TOLERANCE_SECONDS = 5
"""The camera's whole seconds, FAT's steps of two, and the focusing of the shot that the clock was learnt from."""

LONGEST_SHOT_SECONDS = 120
"""A capture that was cut off by a crash has taken its photo within this time, bulb exposures apart."""


def fits(taken_at: int | None, owed: Owed, ahead: float | None) -> bool | None:
    """Whether a still was taken while this capture ran; ``None``: not known.

    ``taken_at``: on the camera's clock; ``ahead``: how far that is ahead of ours, in seconds.
    """
    if taken_at is None or ahead is None:
        return None
    at = taken_at - ahead
    until = min(owed.since, owed.began + LONGEST_SHOT_SECONDS + owed.bulb_seconds)
    return owed.began - TOLERANCE_SECONDS <= at <= until + TOLERANCE_SECONDS


def owners(times: Sequence[int | None], owed: Sequence[Owed], ahead: float | None) -> list[str | None]:
    """For each still the capture that it is of; ``None``: of none, or it cannot be told.

    Both are in the order of time. Captures are taken one at a time, so that as many stills as captures in their times
    belong to each other in this order; one still too many in a capture's time, and it could be anybody's.
    """
    fitting = [number for number, at in enumerate(times) if any(fits(at, one, ahead) for one in owed)]
    found: list[str | None] = [None] * len(times)
    if len(fitting) == len(owed):
        pairs = list(zip(fitting, owed, strict=True))
    else:
        pairs = [(number, one) for number in fitting for one in owed if _only(number, one, times, owed, ahead)]
    if all(fits(times[number], one, ahead) for number, one in pairs):
        for number, one in pairs:
            found[number] = one.capture_id
    return found


def _only(number: int, one: Owed, times: Sequence[int | None], owed: Sequence[Owed], ahead: float | None) -> bool:
    """Whether a still fits this capture alone, and no other still does."""
    return [other for other in owed if fits(times[number], other, ahead)] == [one] and [
        other for other, at in enumerate(times) if fits(at, one, ahead)
    ] == [number]
