"""Applies the limits for guests: they may occupy the camera briefly, not for hours, and not all the time.

A guest takes photos and is not the operator. A shutter speed that is set on the camera or by a profile is
limited like one in the request. Further limits are applied where the capture is accepted: one waiting capture for each
guest, the last place in the queue, and the last space on the disk.
"""

from __future__ import annotations

import math
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from photonic.access.capture_rate import CaptureRate, Counted
from photonic.access.visibility import owner_for
from photonic.errors import BadInput, BeyondGuests, PhotonicError, TooSoonForGuest
from photonic.model.exposure import number_text, shutter_seconds
from photonic.model.requester import Requester
from photonic.model.setting_name import SettingName
from photonic.protocol.schedule import MICROSECONDS
from photonic.service.sequence.kinds.registry import KINDS
from photonic.service.sequence.timing import timing_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from photonic.access.principal import Principal
    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRequest
    from photonic.model.guest import GuestLimits
    from photonic.model.sequence import SequenceRequest
    from photonic.service.http.camera_control import CameraControl

RECENT = 100
"""Among so many of its newest sequences, a guest's key is looked up."""
UNTIL_RELEASED = frozenset({"bulb", "time", "composite"})
"""Exposures without a fixed end, by their names in libgphoto2 2.5.34 (``ptp2/config.c``)."""


def requester_of(principal: Principal) -> Requester:
    """The principal as captures and sequences know it."""
    return Requester(owner_for(principal), is_guest=not principal.is_operator, counted_with=principal.limit_key)


class GuestAdmission:
    """Refuses what guests may not ask for; everything else, and everything that others ask for, is let through.

    Args:
        limits: The limits for guests.
        pin_set: Whether the operator's PIN lifts the limits.
        time: The clocks.
    """

    def __init__(self, limits: GuestLimits, *, pin_set: bool, time: Timekeeping) -> None:
        self.limits = limits
        self._pin_set = pin_set
        self._time, self._clock = time, time.monotonic
        self._rate = CaptureRate(limits.captures_a_minute)

    @asynccontextmanager
    async def capture(
        self, request: CaptureRequest, key: str | None, controller: CameraControl, requester: Requester
    ) -> AsyncGenerator[None]:
        """The time in which the capture is submitted; it counts if that succeeds.

        A ``key`` of an accepted capture is let through, since it is a retry. Raises ``BeyondGuests``, naming the limit,
        and ``TooSoonForGuest``.
        """
        if not requester.is_guest or (key is not None and await controller.knows_key(key, requester)):
            yield
            return
        if request.bulb_seconds is None:
            self._check_shutter(controller)
        elif request.bulb_seconds > self.limits.exposure_seconds:
            raise self._too_long("bulb_seconds", request.bulb_seconds)
        with self._counted(requester, 1):
            yield

    @asynccontextmanager
    async def sequence(
        self, request: SequenceRequest, key: str | None, controller: CameraControl, requester: Requester
    ) -> AsyncGenerator[None]:
        """The time in which the sequence is submitted; all its frames count if that succeeds. See ``capture``."""
        if not requester.is_guest or (key is not None and await _is_known_sequence(key, controller, requester)):
            yield
            return
        try:
            photos = self._photos_of(request, controller)
        except BadInput:
            yield  # The sequence service refuses an invalid request.
            return
        with self._counted(requester, photos):
            yield

    def _photos_of(self, request: SequenceRequest, controller: CameraControl) -> int:
        """The number of photos of a sequence within the limits. Raises ``BeyondGuests``, ``BadInput``."""
        now = self._time.wall()
        wanted = timing_of(request, now)
        if wanted.count > self.limits.frames:
            reason = f"a sequence of {wanted.count} photos is too long: guests may take at most {self.limits.frames}"
            raise self._beyond("count", reason, self.limits.frames)
        wait_seconds = (wanted.starts_at - now).total_seconds()
        if wait_seconds > self.limits.wait_seconds:
            field = "delay_seconds" if request.start_at is None else "start_at"
            raise self._too_late(field, f"a start in {wait_seconds:.0f} s is too late")
        if wanted.interval_us is not None and wanted.interval_us > self.limits.wait_seconds * MICROSECONDS:
            interval = f"an interval of {wanted.interval_us / MICROSECONDS:.0f} s is too long"
            raise self._too_late("interval_seconds", interval)
        seconds = self._check_shutter(controller)
        longest_exposure = KINDS[request.kind].longest_exposure
        if seconds is not None and longest_exposure is not None:
            longest = longest_exposure(request, _values(controller), seconds)
            if longest.seconds > self.limits.exposure_seconds:
                raise self._too_long(longest.field, longest.seconds)
        return wanted.count

    @contextmanager
    def _counted(self, requester: Requester, photos: int) -> Generator[None]:
        key = requester.limit_key or ""
        counted = self._rate.count(key, photos, self._clock())
        if not isinstance(counted, Counted):
            reason = (
                f"guests may take {self.limits.captures_a_minute} photos a minute: try again in {math.ceil(counted)} s"
            )
            raise TooSoonForGuest(reason, wait_seconds=counted)
        try:
            yield
        except PhotonicError:
            # Not after a cancellation: what was accepted goes on without the client, and counts.
            self._rate.give_back(key, counted)
            raise

    def _check_shutter(self, controller: CameraControl) -> float | None:
        """The exposure time that the camera is set to, in seconds; ``None``: automatic, or unknown."""
        text = controller.settings.held.get(SettingName.SHUTTER) or _values(controller).get(SettingName.SHUTTER)
        if text is None:
            return None
        limit = self.limits.exposure_seconds
        if text.strip().casefold() in UNTIL_RELEASED:
            reason = f"the camera is set to {text}, which has no time limit: guests may expose for at most {limit:g} s"
            raise self._beyond("shutter", reason, limit)
        seconds = shutter_seconds(text)
        if seconds is not None and seconds > limit:
            raise self._too_long("shutter", seconds)
        return seconds

    def _too_long(self, field: str, seconds: float) -> BeyondGuests:
        limit = self.limits.exposure_seconds
        reason = f"an exposure of {number_text(seconds)} s is too long: guests may expose for at most {limit:g} s"
        return self._beyond(field, reason, limit)

    def _too_late(self, field: str, what: str) -> BeyondGuests:
        limit = self.limits.wait_seconds
        return self._beyond(field, f"{what}: guests may wait at most {limit:g} s", limit)

    def _beyond(self, field: str, reason: str, limit: float) -> BeyondGuests:
        return BeyondGuests(reason, field=field, limit=limit, pin_lifts=self._pin_set)


async def _is_known_sequence(key: str, controller: CameraControl, requester: Requester) -> bool:
    own = (await controller.sequences.page(None, RECENT, requester.owner)).sequences
    return any(record.idempotency_key == key for record in own)


def _values(controller: CameraControl) -> dict[str, str]:
    settings = controller.snapshot().settings
    return settings.values if settings is not None else {}
