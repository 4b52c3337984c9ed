"""Runs all checks in order, each with a deadline, and yields each finding as soon as it is known."""

from __future__ import annotations

import asyncio
import grp
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.diagnosis.body import judge_bus, judge_camera, judge_owned
from photonic.diagnosis.camera import look_at_bus, look_at_camera
from photonic.diagnosis.clock import judge_clock, look_at_clock
from photonic.diagnosis.deadline import within
from photonic.diagnosis.finding import Check, DoctorCode, Outcome, failed, skipped
from photonic.diagnosis.index import judge_index, judge_sharing, look_at_index
from photonic.diagnosis.owner import owner
from photonic.diagnosis.photos import (
    judge_leftovers,
    judge_photo_root,
    look_at_leftovers,
    look_at_photo_root,
    user_name,
)
from photonic.diagnosis.port import PortFacts, judge_port, look_at_port, recognised
from photonic.diagnosis.running import judge_service, look_at_service
from photonic.diagnosis.software import judge_software, look_at_software
from photonic.service.config import cameras
from photonic.worker.kinds import GPHOTO2, driver_of
from photonic.worker.supervision.lock import runtime_directory
from photonic.worker.supervision.ownership import AUTO

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.diagnosis.finding import Finding
    from photonic.service.config.settings import ServiceSettings

LOOK_SECONDS = 10.0
MEGABYTE = 1_000_000
DISK_HANGS = "the disk or its network connection hangs or fails"


async def examine(settings: ServiceSettings, *, for_service: bool = False) -> AsyncGenerator[Finding]:
    """Look at everything that a service with these settings needs; nothing is changed.

    Each camera is left as it was. Where a service is running that has it, or may have it, that service is asked.
    ``for_service``: that service is who wants to know, so the cameras are its own even where it has let go of them.
    """
    clock = asyncio.create_task(look_at_clock())
    try:
        software = judge_software(await look_at_software(GPHOTO2))
        yield software
        port = await _port(settings.host, settings.port)
        singles = cameras.singles(settings)
        for one in singles:
            for finding in await _photos(one, port):
                yield finding
        yield judge_port(port)
        yield judge_clock(await clock)
        for one in singles:
            async for finding in _camera(one, port, software, for_service=for_service):
                yield finding if len(singles) == 1 else replace(finding, what=f"{cameras.summary(one)}: {finding.what}")
    finally:
        clock.cancel()


async def _port(host: str, number: int) -> PortFacts:
    try:
        return await recognised(await within(LOOK_SECONDS, lambda: look_at_port(host, number)))
    except TimeoutError:
        return PortFacts(host, number, (0, f"the host name was not resolved within {LOOK_SECONDS:.0f} s"))


async def _photos(settings: ServiceSettings, port: PortFacts) -> list[Finding]:
    root = settings.photo_root
    try:
        index = await within(LOOK_SECONDS, lambda: look_at_index(root))
        served_here = index.held_by is not None and index.held_by.pid in {holder.pid for holder in port.taken_by}
        facts = await within(LOOK_SECONDS, lambda: look_at_photo_root(root))
        leftovers = await within(LOOK_SECONDS, lambda: look_at_leftovers(root))
    except TimeoutError:
        return [_silent(Check.PHOTO_ROOT, f"{root}", DISK_HANGS, "dmesg --level=err,warn | tail")]
    except OSError as error:
        what = f"{root} cannot be examined: {error}"
        return [failed(Check.PHOTO_ROOT, DoctorCode.PHOTO_ROOT, what, DISK_HANGS, "dmesg --level=err,warn | tail")]
    place = judge_photo_root(
        facts,
        min_free_bytes=settings.min_free_mb * MEGABYTE,
        low_bytes=settings.low_space_mb * MEGABYTE,
        user=user_name(),
    )
    sharing = judge_sharing(index, served_here=served_here)
    return [place, sharing or judge_index(index), judge_leftovers(leftovers, served=index.held_by is not None)]


async def _camera(
    settings: ServiceSettings, port: PortFacts, software: Finding, *, for_service: bool
) -> AsyncGenerator[Finding]:
    address = settings.camera
    holder = owner(address, runtime_directory())
    served = port.photonic is not None and (address == AUTO if holder is None else holder in port.taken_by)
    if served or for_service:
        token = settings.token.get_secret_value() if settings.token is not None else None
        for finding in judge_service(await look_at_service(port.url, token, settings.camera_name)):
            yield finding
        return
    if holder is not None:
        yield judge_owned(holder, address)
        return
    try:
        bus = judge_bus(await within(LOOK_SECONDS, look_at_bus), address, group_name())
    except TimeoutError:
        bus = _silent(Check.USB, "the USB bus", "a device on it hangs", "unplug the USB devices and plug them in again")
    yield bus
    if Outcome.FAILED in (software.outcome, bus.outcome):
        yield skipped(Check.CAMERA, "not tried: fix the failure above first")
        return
    facts = await look_at_camera(driver_of(address), address, settings.capture_target.value)
    for finding in judge_camera(facts, address):
        yield finding


def _silent(check: Check, what: str, why: str, mend: str) -> Finding:
    return failed(check, DoctorCode.NO_ANSWER, f"{what}: no answer within {LOOK_SECONDS:.0f} s", why, mend)


def group_name() -> str:
    """The primary group of the current user, for a udev rule."""
    try:
        return grp.getgrgid(os.getgid()).gr_name
    except KeyError:  # a group of a container without an entry
        return str(os.getgid())
