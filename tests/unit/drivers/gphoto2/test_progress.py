"""A capture's deadline: sent with each phase, and extended for a large photo, but never shortened."""

from __future__ import annotations

from photonic.drivers.gphoto2.exposure import fetch_seconds
from photonic.drivers.gphoto2.progress import SECOND_OBJECT_SECONDS, Progress
from photonic.model.exposure_end import ExposureEnd
from photonic.worker.link.messages import CaptureProgressed

from .scripted import KeptOutbox, VirtualTime

RAW_BYTES = 60_000_000


def _reported(outbox: KeptOutbox) -> list[tuple[str, float]]:
    return [(message.phase, message.remaining_seconds) for message in outbox.of(CaptureProgressed)]


def test_each_phase_is_told_with_the_time_that_is_left() -> None:
    outbox, time = KeptOutbox(), VirtualTime()
    progress = Progress("c1", outbox, time)
    progress.enter("exposing", 40.0)
    time.pause(3.0)
    progress.first_file()
    progress.first_file()
    assert _reported(outbox) == [("exposing", 40.0), ("downloading", 37.0)]


def test_a_large_photo_moves_the_deadline_and_a_small_one_does_not_pull_it_in() -> None:
    outbox, time = KeptOutbox(), VirtualTime()
    progress = Progress("c1", outbox, time)
    progress.enter("downloading", 40.0)
    progress.fetching(1000)
    assert _reported(outbox) == [("downloading", 40.0)]
    progress.fetching(RAW_BYTES)
    assert _reported(outbox)[1:] == [("downloading", fetch_seconds(RAW_BYTES) + SECOND_OBJECT_SECONDS)]


def test_a_deadline_that_has_passed_leaves_no_negative_time() -> None:
    outbox, time = KeptOutbox(), VirtualTime()
    progress = Progress("c1", outbox, time)
    progress.enter("exposing", 1.0)
    time.pause(5.0)
    progress.first_file()
    assert _reported(outbox)[-1] == ("downloading", 0.0)


def test_the_end_of_the_exposure_is_told_once_and_stays_told() -> None:
    outbox, time = KeptOutbox(), VirtualTime()
    progress = Progress("c1", outbox, time)
    progress.enter("exposing", 40.0)
    progress.enter("exposing", 20.0, exposed_from=ExposureEnd.BUTTON)
    progress.first_file()
    told = [message.exposed_from for message in outbox.of(CaptureProgressed)]
    assert told == [None, ExposureEnd.BUTTON, ExposureEnd.BUTTON]
