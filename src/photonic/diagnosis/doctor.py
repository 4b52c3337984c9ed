"""Runs all checks in order, each with a deadline, and yields each finding as soon as it is known."""

from __future__ import annotations

import asyncio
import grp
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.diagnosis.body import judge_bus, judge_camera, judge_owned
from photonic.diagnosis.camera import inspect_bus, inspect_camera
from photonic.diagnosis.clock import inspect_clock, judge_clock
from photonic.diagnosis.deadline import within
from photonic.diagnosis.finding import Check, DoctorCode, Outcome, failed, skipped
from photonic.diagnosis.index import inspect_index, judge_index, judge_sharing
from photonic.diagnosis.owner import owner
from photonic.diagnosis.photos import (
    inspect_leftovers,
    inspect_photo_root,
    judge_leftovers,
    judge_photo_root,
    user_name,
)
from photonic.diagnosis.port import PortFacts, inspect_port, judge_port, with_version
from photonic.diagnosis.running import inspect_service, judge_service
from photonic.diagnosis.second_disk import inspect_second_disk, judge_second_disk
from photonic.diagnosis.software import inspect_software, judge_software
from photonic.service.config import cameras
from photonic.worker.kinds import GPHOTO2, driver_of
from photonic.worker.supervision.lock import runtime_directory
from photonic.worker.supervision.ownership import AUTO

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from photonic.diagnosis.finding import Finding
    from photonic.service.config.settings import ServiceSettings

PROBE_SECONDS = 10.0
MEGABYTE = 1_000_000
DISK_FAILS = "the disk or its network connection hangs or fails"


async def examine(settings: ServiceSettings, *, for_service: bool = False) -> AsyncGenerator[Finding]:
    """Check everything that a service with these settings needs, without changing anything.

    Every camera is left as it was. A camera that a running service holds, or may hold, is not opened: the service is
    queried instead. ``for_service``: the doctor runs on behalf of that service, which owns the cameras even while it
    has released them.
    """
    clock = asyncio.create_task(inspect_clock())
    try:
        software = judge_software(await inspect_software(GPHOTO2))
        yield software
        port = await _port(settings.host, settings.port, tls=settings.speaks_tls)
        singles = cameras.singles(settings)
        for one in singles:
            for finding in await _photos(one, port):
                yield finding
        if settings.second_root is not None:
            yield await _second_disk(settings.second_root, settings.photo_root)
        yield judge_port(port)
        yield judge_clock(await clock)
        for one in singles:
            async for finding in _camera(one, port, software, for_service=for_service):
                yield finding if len(singles) == 1 else replace(finding, what=f"{cameras.summary(one)}: {finding.what}")
    finally:
        clock.cancel()


async def _port(host: str, number: int, *, tls: bool) -> PortFacts:
    try:
        facts = await within(PROBE_SECONDS, lambda: inspect_port(host, number))
        return await with_version(replace(facts, tls=tls))
    except TimeoutError:
        return PortFacts(host, number, (0, f"the host name was not resolved within {PROBE_SECONDS:.0f} s"))


async def _photos(settings: ServiceSettings, port: PortFacts) -> list[Finding]:
    root = settings.photo_root
    try:
        index = await within(PROBE_SECONDS, lambda: inspect_index(root))
        served_here = index.held_by is not None and index.held_by.pid in {holder.pid for holder in port.taken_by}
        facts = await within(PROBE_SECONDS, lambda: inspect_photo_root(root))
        leftovers = await within(PROBE_SECONDS, lambda: inspect_leftovers(root))
    except TimeoutError:
        return [_timed_out(Check.PHOTO_ROOT, f"{root}", DISK_FAILS, "dmesg --level=err,warn | tail")]
    except OSError as error:
        what = f"{root} cannot be examined: {error}"
        return [failed(Check.PHOTO_ROOT, DoctorCode.PHOTO_ROOT, what, DISK_FAILS, "dmesg --level=err,warn | tail")]
    place = judge_photo_root(
        facts,
        min_free_bytes=settings.min_free_mb * MEGABYTE,
        low_bytes=settings.low_space_mb * MEGABYTE,
        user=user_name(),
    )
    sharing = judge_sharing(index, served_here=served_here)
    return [place, sharing or judge_index(index), judge_leftovers(leftovers, served=index.held_by is not None)]


async def _second_disk(folder: Path, photo_root: Path) -> Finding:
    def examined() -> Finding:  # its advice also touches the disk
        return judge_second_disk(folder, inspect_second_disk(folder, photo_root))

    try:
        return await within(PROBE_SECONDS, examined)
    except TimeoutError:
        return _timed_out(Check.SECOND_DISK, f"{folder}", DISK_FAILS, "dmesg --level=err,warn | tail")


async def _camera(
    settings: ServiceSettings, port: PortFacts, software: Finding, *, for_service: bool
) -> AsyncGenerator[Finding]:
    address = settings.camera
    holder = owner(address, runtime_directory())
    served = port.photonic is not None and (address == AUTO if holder is None else holder in port.taken_by)
    if served or for_service:
        token = settings.token.get_secret_value() if settings.token is not None else None
        for finding in judge_service(await inspect_service(port.url, token, settings.camera_name)):
            yield finding
        return
    if holder is not None:
        yield judge_owned(holder, address)
        return
    try:
        bus = judge_bus(await within(PROBE_SECONDS, inspect_bus), address, group_name())
    except TimeoutError:
        why, mend = "a device on the bus hangs", "unplug the USB devices and plug them in again"
        bus = _timed_out(Check.USB, "the USB bus", why, mend)
    yield bus
    if Outcome.FAILED in (software.outcome, bus.outcome):
        yield skipped(Check.CAMERA, "not tried: fix the failure above first")
        return
    facts = await inspect_camera(driver_of(address), address, settings.capture_target.value)
    for finding in judge_camera(facts, address):
        yield finding


def _timed_out(check: Check, what: str, why: str, mend: str) -> Finding:
    return failed(check, DoctorCode.NO_ANSWER, f"{what}: no answer within {PROBE_SECONDS:.0f} s", why, mend)


def group_name() -> str:
    """The primary group of the current user, for a udev rule."""
    try:
        return grp.getgrgid(os.getgid()).gr_name
    except KeyError:  # a container may lack an entry for the group
        return str(os.getgid())
