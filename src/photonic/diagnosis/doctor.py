"""All checks in order, each with its deadline; a finding is told as soon as it is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.diagnosis.body import judge_bus, judge_camera
from photonic.diagnosis.camera import look_at_bus, look_at_camera
from photonic.diagnosis.clock import judge_clock, look_at_clock
from photonic.diagnosis.finding import Check, DoctorCode, Outcome, failed, skipped, well
from photonic.diagnosis.photos import (
    judge_index,
    judge_photo_root,
    look_at_index,
    look_at_photo_root,
    user_name,
)
from photonic.diagnosis.port import judge_port, look_at_port
from photonic.diagnosis.software import judge_software, look_at_software

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.diagnosis.finding import Finding
    from photonic.diagnosis.port import PortFacts
    from photonic.service.config import ServiceSettings

DRIVER = "photonic.drivers.gphoto2"
MEBIBYTE = 2**20


async def examine(settings: ServiceSettings) -> AsyncGenerator[Finding]:
    """Look at everything that a service with these settings needs; nothing is changed.

    The camera is left as it was. Where such a service is running, the camera is asked about at the service, which has it.
    """
    software = judge_software(await look_at_software(DRIVER))
    yield software
    root = settings.photo_root
    found = await asyncio.to_thread(look_at_photo_root, root)
    yield judge_photo_root(found, settings.min_free_mb * MEBIBYTE, user_name())
    yield judge_index(await asyncio.to_thread(look_at_index, root))
    port = await look_at_port(settings.host, settings.port)
    yield judge_port(port)
    yield judge_clock(await look_at_clock())
    if port.photonic is not None:
        yield _at_the_service(port)
        return
    bus = judge_bus(await asyncio.to_thread(look_at_bus), settings.camera)
    yield bus
    if software.outcome is Outcome.FAILED:
        yield skipped(Check.CAMERA, "not tried: see the first line")
        return
    if bus.outcome is Outcome.FAILED:
        yield skipped(Check.CAMERA, "not tried: see the line above")
        return
    for finding in judge_camera(
        await look_at_camera(DRIVER, settings.camera, settings.capture_target.value), settings.camera
    ):
        yield finding


def _at_the_service(port: PortFacts) -> Finding:
    if not port.ready:
        return well(Check.CAMERA, f"the service at {port.url} has it, and is ready")
    return failed(
        Check.CAMERA,
        DoctorCode.CAMERA_BLOCKED,
        f"the service at {port.url} is not ready: {port.ready}",
        "captures will not work now",
        f"photonic status --url {port.url}",
    )
