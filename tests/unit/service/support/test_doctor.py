"""The doctor as a process: what it is told, what it says, and what becomes of one that does not end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.support.surroundings import THIS_MACHINE

from photonic.model.profile import Profile
from photonic.service.config.cameras import singles
from photonic.service.config.settings import ServiceSettings
from photonic.service.support.doctor import DoctorRunner

TOKEN = "a-token-of-this-test-only"
SETTINGS = ServiceSettings(photo_root=Path("/dev/null/nowhere"), token=SecretStr(TOKEN), port=8123, min_free_mb=7)
ECHO = """
import json, sys
told = json.loads(sys.stdin.read())
print(json.dumps({"code": 0, "findings": [{"check": "x", "outcome": "ok", "what": json.dumps(told)}]}))
"""
COUNTED = """
import sys, pathlib
sys.stdin.read()
with open(sys.argv[1], "a") as file: file.write("x")
print('{"code": 0}')
"""


def examination(script: str, *arguments: str) -> DoctorRunner:
    return DoctorRunner(SETTINGS, THIS_MACHINE, (sys.executable, "-c", script, *arguments))


async def test_it_is_told_the_settings_that_it_looks_by_and_nothing_on_its_command_line() -> None:
    report = await examination(ECHO).report()
    assert report.failure is None
    reported = json.loads(report.findings[0].what)
    assert reported == {
        "camera": "auto",
        "host": "127.0.0.1",
        "port": 8123,
        "photo_root": "/dev/null/nowhere",
        "capture_target": "card",
        "min_free_mb": 7,
        "low_space_mb": 2000,
        "tls": "off",
        "tls_certificate": None,
        "tls_key": None,
        "token": TOKEN,
    }
    assert ServiceSettings(**reported).token == SecretStr(TOKEN)


@pytest.mark.parametrize("unnamed", [True, False])
async def test_it_is_told_of_every_camera_and_of_none_that_is_not_there(unnamed: bool) -> None:
    tables: dict[str, Any] = {
        "left": {"address": "usb:1", "capture_target": "ram"},
        "right": {"address": "usb:2", "profile": "dark"},
    }
    first: dict[str, Any] = {"camera": "ptpip:127.0.0.1:1"} if unnamed else {}
    settings = ServiceSettings(
        photo_root=Path("/dev/null/nowhere"), cameras=tables, profiles={"dark": Profile()}, **first
    )
    report = await DoctorRunner(settings, THIS_MACHINE, (sys.executable, "-c", ECHO)).report()
    reported = ServiceSettings(**json.loads(report.findings[0].what))
    assert [(one.camera_name, one.camera, one.capture_target.value) for one in singles(reported)] == [
        (one.camera_name, one.camera, one.capture_target.value) for one in singles(settings)
    ]
    assert len(singles(reported)) == 2 + unnamed


async def test_who_asks_while_it_looks_gets_what_it_finds(tmp_path: Path) -> None:
    counted = tmp_path / "runs"
    doctor = examination(COUNTED, str(counted))
    first, second = await asyncio.gather(doctor.report(), doctor.report())
    assert (first.code, second.code, counted.read_text()) == (0, 0, "x")
    await doctor.report()
    assert counted.read_text() == "xx"


async def test_one_that_does_not_end_is_ended(tmp_path: Path) -> None:
    command = ("/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 600")
    report = await DoctorRunner(SETTINGS, THIS_MACHINE, command, deadline_seconds=1.0).report()
    assert report.failure == "the doctor did not finish within 1 s"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            (sys.executable, "-c", "import sys; sys.exit('no such luck')"),
            "exited with code 1 and printed: no such luck",
        ),
        ((sys.executable, "-c", "print('{}[')"), "exited with code 0 and printed: nothing"),
        (("/dev/null/nowhere/python",), "could not be started"),
    ],
)
async def test_a_failure_of_the_doctor_is_told_in_words(command: tuple[str, ...], said: str) -> None:
    report = await DoctorRunner(SETTINGS, THIS_MACHINE, command).report()
    assert report.code is None
    assert report.failure is not None
    assert said in report.failure
