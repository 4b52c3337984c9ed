"""Limits for guests, who use a page without the operator's PIN: they may occupy the camera briefly, not for hours.

A shutter speed that is set on the camera or by a profile is limited like one in the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput, BeyondGuests
from photonic.model.exposure import number_text, shutter_seconds
from photonic.model.guest import GUEST_LIMITS
from photonic.model.setting_name import SettingName
from photonic.protocol.schedule import MICROSECONDS
from photonic.service.sequence.kinds.registry import KINDS
from photonic.service.sequence.timing import timing_of
from photonic.serving.gate import principal_of

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import HTTPConnection

    from photonic.model.api import CaptureRequest
    from photonic.model.sequence import SequenceRequest
    from photonic.service.http.camera_control import CameraControl

RECENT = 100
UNTIL_RELEASED = frozenset({"bulb", "time", "composite"})
"""Exposures without a fixed end, by their names in libgphoto2 2.5.34 (``ptp2/config.c``)."""
_EXPOSURE, _FRAMES, _WAIT = GUEST_LIMITS.exposure_seconds, GUEST_LIMITS.frames, GUEST_LIMITS.wait_seconds


def is_guest(connection: HTTPConnection) -> bool:
    """Whether the request comes from somebody who is not the operator."""
    return not principal_of(connection).is_operator


def check_capture(request: CaptureRequest, key: str | None, controller: CameraControl) -> None:
    """Raises ``BeyondGuests``, naming the limit. A ``key`` of an accepted capture is allowed, since it is a retry."""
    recent = controller.captures_page(None, RECENT).captures
    if key is not None and any(record.idempotency_key == key for record in recent):
        return
    if request.bulb_seconds is None:
        _check_shutter(controller)
    elif request.bulb_seconds > _EXPOSURE:
        raise _too_long("bulb_seconds", request.bulb_seconds)


def check_sequence(request: SequenceRequest, controller: CameraControl, now: datetime) -> None:
    """Raises ``BeyondGuests``, naming the limit. ``now`` is wall-clock time."""
    try:
        wanted = timing_of(request, now)
    except BadInput:
        return  # The sequence service refuses an invalid request.
    if wanted.count > _FRAMES:
        reason = f"a sequence of {wanted.count} photos is too long: guests may take at most {_FRAMES}"
        raise BeyondGuests(reason, field="count", limit=_FRAMES)
    wait_seconds = (wanted.starts_at - now).total_seconds()
    if wait_seconds > _WAIT:
        field = "delay_seconds" if request.start_at is None else "start_at"
        raise _too_late(field, f"a start in {wait_seconds:.0f} s is too late")
    if wanted.interval_us is not None and wanted.interval_us > _WAIT * MICROSECONDS:
        raise _too_late("interval_seconds", f"an interval of {wanted.interval_us / MICROSECONDS:.0f} s is too long")
    seconds = _check_shutter(controller)
    longest_exposure = KINDS[request.kind].longest_exposure
    if seconds is not None and longest_exposure is not None:
        longest = longest_exposure(request, _values(controller), seconds)
        if longest.seconds > _EXPOSURE:
            raise _too_long(longest.field, longest.seconds)


def _check_shutter(controller: CameraControl) -> float | None:
    """The exposure time that the camera is set to, in seconds; ``None``: automatic, or unknown."""
    text = controller.settings.held.get(SettingName.SHUTTER) or _values(controller).get(SettingName.SHUTTER)
    if text is None:
        return None
    if text.strip().casefold() in UNTIL_RELEASED:
        reason = f"the camera is set to {text}, which has no time limit: guests may expose for at most {_EXPOSURE:g} s"
        raise _beyond("shutter", reason, _EXPOSURE)
    seconds = shutter_seconds(text)
    if seconds is not None and seconds > _EXPOSURE:
        raise _too_long("shutter", seconds)
    return seconds


def _values(controller: CameraControl) -> dict[str, str]:
    settings = controller.snapshot().settings
    return settings.values if settings is not None else {}


def _too_long(field: str, seconds: float) -> BeyondGuests:
    reason = f"an exposure of {number_text(seconds)} s is too long: guests may expose for at most {_EXPOSURE:g} s"
    return _beyond(field, reason, _EXPOSURE)


def _too_late(field: str, what: str) -> BeyondGuests:
    return _beyond(field, f"{what}: guests may wait at most {_WAIT:g} s", _WAIT)


def _beyond(field: str, reason: str, limit: float) -> BeyondGuests:
    return BeyondGuests(reason, field=field, limit=limit)
