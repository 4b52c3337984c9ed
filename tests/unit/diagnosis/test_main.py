"""The doctor as the service starts it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tests.support.stack import free_port
from tests.support.surroundings import THIS_MACHINE

from photonic.service.config.settings import ServiceSettings
from photonic.service.support.doctor import DoctorRunner

if TYPE_CHECKING:
    from pathlib import Path


async def test_it_reads_settings_and_prints_findings(tmp_path: Path) -> None:
    settings = ServiceSettings(photo_root=tmp_path, port=free_port(), camera="ptpip:127.0.0.1:1")
    async with asyncio.timeout(60):
        report = await DoctorRunner(settings, THIS_MACHINE).report()
    assert report.failure is None
    found = {finding.check: finding for finding in report.findings}
    assert found["photo_root"].outcome == "ok"
    assert str(tmp_path) in json.dumps(found["photo_root"].what)
    assert (found["camera"].outcome, report.code) == ("failed", found["camera"].code)
    assert "usb" not in found
