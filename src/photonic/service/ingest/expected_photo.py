"""Matches late photos to failed captures: a photo resolves the capture during which it was taken. Pure.

A capture can fail after its shutter has fired. Its photo then arrives later, from the card or from the camera, and must
reach the guest who requested it and no one else. So a still resolves a capture only if, by the camera's clock, it was
taken while that capture ran. If the clock does not decide this, the still is attributed to no capture, and both records
say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.service.photo.staged import exif_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.exif import ExifFacts
    from photonic.service.journal.card_rows import ExpectedPhoto

ROUNDING_SECONDS = 3
"""Covers rounding by the camera and by FAT (2 s), and by the end of a capture (1 s)."""

TOLERANCE_SECONDS = 5
"""Covers focusing in the shots that gave the clock offset, too: a photo seems earlier than it is, never later."""

RIVAL_SECONDS = 1
"""By how much a photo may seem to be taken before the exposure of the capture that took it, rounded down."""

EXPECTED_SECONDS = 120
"""How long after its failure a capture still expects its photo to arrive from the camera."""

LONGEST_SHOT_SECONDS = 120
"""A capture that a crash interrupted took its photo within this time, not counting the exposure time of a bulb."""

FRACTION_SECONDS, WHOLE_SECONDS = 0.5, 1.5
"""How much later than ``latest_moment`` finds a photo may be: a release can be quicker than the last ones."""

SLOWEST_RELEASE_SECONDS = 15
"""A capture whose camera process goes on took its photo within this time after it began, plus that of a bulb."""


def fits(taken_at: float | None, capture: ExpectedPhoto, ahead: float | None) -> bool | None:
    """Return whether a still was taken while a capture ran; ``None``: unknown.

    A capture that a crash cut off may have run on after ``since``, if the disk refused to record that it did. What the
    camera's clock puts before the photo of an earlier capture was taken before that one ended; after the clock was set
    back, no photo fits until the next capture has one. What was taken after a later capture began, and before the
    photo that it was given, is perhaps that one's.

    Args:
        taken_at: Seconds on the camera's clock; ``None``: unknown.
        capture: The capture that expects a photo.
        ahead: By how many seconds the camera's clock is ahead of ours; ``None``: unknown.
    """
    if taken_at is None or ahead is None:
        return None
    if capture.after is not None and taken_at < capture.after:
        return False
    at = taken_at - ahead
    latest = capture.began + LONGEST_SHOT_SECONDS + capture.bulb_seconds + ROUNDING_SECONDS
    if not capture.began - TOLERANCE_SECONDS <= at <= latest:
        return False
    if at > capture.since + ROUNDING_SECONDS:
        return None if capture.interrupted else False
    return None if any(at >= one.began - RIVAL_SECONDS and taken_at < one.taken_at for one in capture.rivals) else True


def is_of_another(
    taken_at: float | None,
    exposed_at: float,
    captures: Sequence[ExpectedPhoto],
    ahead: float | None,
    latest: float | None = None,
) -> bool:
    """Return whether a still that a capture was given is the late one of a failed capture.

    Both have to be certain: it was taken before this capture was exposed, and while the other one ran. The first alone
    may only say that the camera's clock was set.

    Args:
        taken_at: Seconds on the camera's clock; ``None``: unknown.
        exposed_at: Unix seconds; the exposure of this capture began no earlier.
        captures: The captures that expect a photo.
        ahead: By how many seconds the camera's clock is ahead of ours; ``None``: unknown.
        latest: When it was taken at the latest (``latest_moment``); ``None``: unknown.
    """
    if taken_at is None or ahead is None:
        return False
    before = taken_at - ahead < exposed_at - TOLERANCE_SECONDS or (latest is not None and latest < exposed_at)
    return before and any(fits(taken_at, one, ahead) for one in captures)


def latest_moment(exif: ExifFacts | None, least_ahead: float | None) -> float | None:
    """Return when a still was taken at the latest, by the time in its file, in unix seconds; ``None``: unknown.

    Args:
        exif: How it was taken.
        least_ahead: By how many seconds the camera's clock is ahead of ours, with the release that took the shortest;
            ``None``: unknown.
    """
    taken_at = exif_seconds(exif)
    if exif is None or exif.taken_at is None or taken_at is None or least_ahead is None:
        return None
    return taken_at - least_ahead + (FRACTION_SECONDS if exif.taken_at.microsecond else WHOLE_SECONDS)


def is_proven(
    taken_at: float | None, exposed_at: float, captures: Sequence[ExpectedPhoto], ahead: float | None
) -> bool:
    """Return whether a still that a capture was given is certainly no late one of a failed capture.

    The arguments are those of ``is_of_another``.
    """
    if taken_at is None or ahead is None:
        return False
    at = taken_at - ahead
    return at >= exposed_at - TOLERANCE_SECONDS and not any(
        one.began - TOLERANCE_SECONDS <= at <= one.began + SLOWEST_RELEASE_SECONDS + one.bulb_seconds
        for one in captures
    )


def owners(times: Sequence[float | None], captures: Sequence[ExpectedPhoto], ahead: float | None) -> list[str | None]:
    """Return for each still the id of the capture that it resolves; ``None``: it resolves none, or it is uncertain.

    A still resolves a capture if it matches only this one, and this capture matches no other still. Two stills that
    match one capture, and a still that matches two, are uncertain: a capture need not have taken a photo, and the
    camera's own button can.

    Args:
        times: When each still was taken, in seconds on the camera's clock, in order.
        captures: The captures that expect a photo, in order.
        ahead: By how many seconds the camera's clock is ahead of ours; ``None``: unknown.
    """
    return [
        next((one.capture_id for one in captures if _is_only_match(number, one, times, captures, ahead)), None)
        for number in range(len(times))
    ]


def _is_only_match(
    number: int,
    one: ExpectedPhoto,
    times: Sequence[float | None],
    captures: Sequence[ExpectedPhoto],
    ahead: float | None,
) -> bool:
    """Whether a still matches only this capture, and this capture matches no other still."""
    return [other for other in captures if fits(times[number], other, ahead)] == [one] and [
        other for other, at in enumerate(times) if fits(at, one, ahead)
    ] == [number]
