"""The operator's routes: health, log, doctor, and the bundle, which contains no secret."""

from __future__ import annotations

import io
import json
import logging
import sys
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeController
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureRequest, PhotoFile
from photonic.model.health import CameraHealth, DoctorReport, LogPage, RecoveryAttempt, Versions
from photonic.model.hook import TargetHealth
from photonic.model.status import StorageStatus
from photonic.service.config.settings import ServiceSettings
from photonic.service.support.doctor import DoctorRunner
from photonic.service.support.log_ring import LogRing
from photonic.service.support.logs import set_up_logging
from photonic.service.support.redaction import Redactor

if TYPE_CHECKING:
    from pathlib import Path

DIAGNOSIS = "/api/v1/diagnosis"
TOKEN = "the-token-of-this-very-test"
PLANTED = (TOKEN, "pa55w0rd", "hook-path-T0B0", "s1gnature", "b3arer-value")
DIRT = (
    f"said {TOKEN}, opened ftp://anna:pa55w0rd@nas.local/x, posted to https://hooks.chat.example/hook-path-T0B0, "
    "asked /x?signature=s1gnature with Authorization: Bearer b3arer-value"
)


def doctor(report: dict[str, object]) -> tuple[str, ...]:
    return sys.executable, "-c", f"import sys; sys.stdin.read(); print({json.dumps(report)!r})"


async def test_the_health_of_a_camera() -> None:
    controller = FakeController()
    controller.storage = StorageStatus(free_bytes=1_000_000_000)
    job = await controller.submit(CaptureRequest(session_id="s", sequence_number=1), None)
    job.save(PhotoFile(id="p", path="x.jpg", size_bytes=5_000_000, sha256="a", media_type="image/jpeg"))
    controller.recoveries = (RecoveryAttempt(began_at=datetime.now(UTC), rung=2, reason="it hung", outcome="worked"),)
    with controller.hub.join("picture"):
        async with asking(controller, min_free_mb=500) as client:
            reported = CameraHealth.model_validate_json((await client.get(f"{CAMERA}/health")).content)
            assert (await client.get("/api/v1/cameras/booth/health")).status_code == 200
            assert (await client.get("/api/v1/cameras/other/health")).status_code == 404
    assert (reported.camera_id, reported.status.battery, reported.room.on_disk, reported.room.on_card) == (
        "booth",
        80,
        100,
        None,
    )
    assert [viewer.kind for viewer in reported.viewers] == ["picture"]
    assert reported.viewers[0].fps is None
    assert [(one.rung, one.reason, one.outcome) for one in reported.recoveries] == [(2, "it hung", "worked")]


async def test_a_viewer_learns_nothing_of_recoveries_and_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = FakeController()
    told = controller.health().model_copy(
        update={
            "recoveries": (RecoveryAttempt(began_at=datetime.now(UTC), rung=2, reason="usb 1-4 hung"),),
            "targets": (TargetHealth(name="printer", failing="connection refused"),),
        }
    )
    monkeypatch.setattr(controller, "health", lambda: told)
    async with asking(controller, token=TOKEN, allow_anonymous="viewer") as client:
        shown = CameraHealth.model_validate_json((await client.get(f"{CAMERA}/health")).content)
        owner = {"Authorization": f"Bearer {TOKEN}"}
        whole = CameraHealth.model_validate_json((await client.get(f"{CAMERA}/health", headers=owner)).content)
    assert (shown.recoveries, shown.targets, shown.status.battery) == ((), (), 80)
    assert whole == told


async def test_the_log_from_a_line_on() -> None:
    async with asking(FakeController()) as client:
        logs = app_context_behind(client).logs
        assert LogPage.model_validate_json((await client.get(f"{DIAGNOSIS}/log")).content).newest == 0
        for text in ("one", "two"):
            logs.handle(logging.makeLogRecord({"msg": text, "name": "photonic.x"}))
        page = LogPage.model_validate_json((await client.get(f"{DIAGNOSIS}/log?after=1")).content)
        assert ([line.text for line in page.lines], page.newest) == (["two"], 2)
        assert (await client.get(f"{DIAGNOSIS}/log?after=-1")).status_code == 422


async def test_the_doctor_runs_and_its_failure_is_reported() -> None:
    async with asking(FakeController()) as client:
        app_context = app_context_behind(client)
        app_context.doctor = DoctorRunner(
            app_context.settings,
            THIS_MACHINE,
            doctor({"code": 0, "findings": [{"check": "card", "outcome": "ok", "what": DIRT}]}),
        )
        report = DoctorReport.model_validate_json((await client.get(f"{DIAGNOSIS}/doctor")).content)
        assert report.code == 0
        assert "pa55w0rd" not in report.findings[0].what
        app_context.doctor = DoctorRunner(app_context.settings, THIS_MACHINE, ("/dev/null/nowhere/python",))
        reported = (await client.get(f"{DIAGNOSIS}/doctor")).json()
        assert "could not be started" in reported["failure"]
        assert Versions.model_validate_json((await client.get(f"{DIAGNOSIS}/versions")).content).photonic


async def test_a_service_that_stops_waits_for_no_doctor() -> None:
    async with asking(FakeController()) as client:
        app_context = app_context_behind(client)
        app_context.doctor = DoctorRunner(
            app_context.settings, THIS_MACHINE, (sys.executable, "-c", "import time; time.sleep(600)")
        )
        app_context.stop()
        answer = await client.get(f"{DIAGNOSIS}/doctor")
    assert (answer.status_code, answer.json()["type"].endswith(":shutting_down")) == (503, True)


async def test_the_bundle_contains_none_of_the_planted_secrets(tmp_path: Path, logging_is_put_back: None) -> None:
    controller = FakeController()
    controller.reason = DIRT
    controller.storage = StorageStatus(free_bytes=1, warning=DIRT)
    controller.recoveries = (RecoveryAttempt(began_at=datetime.now(UTC), rung=3, reason=DIRT),)
    await controller.submit(CaptureRequest(session_id="s", sequence_number=1), None)
    settings: dict[str, Any] = {
        "token": SecretStr(TOKEN),
        "camera": "url:http://anna:pa55w0rd@page.example/stream",
        "photo_root": tmp_path,
    }
    # The log contains secrets that nothing has redacted: the bundle does not rely on it.
    ring = LogRing(Redactor())
    set_up_logging(ServiceSettings(photo_root=tmp_path).log_format, "info", io.StringIO(), ring=ring)
    logging.getLogger("photonic.x").warning("%s", DIRT)
    try:
        raise ValueError(DIRT)
    except ValueError:
        logging.getLogger("photonic.x").exception("failed")
    async with asking(controller, **settings) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        app_context = app_context_behind(client)
        app_context.logs = ring
        dirty: dict[str, object] = {"check": "card", "outcome": "failed", "what": DIRT, "why": DIRT, "mend": DIRT}
        app_context.doctor = DoctorRunner(app_context.settings, THIS_MACHINE, doctor({"code": 19, "findings": [dirty]}))
        answer = await client.get(DIAGNOSIS)
        assert (await client.get(DIAGNOSIS, headers={"Authorization": ""})).status_code == 401
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="photonic-diagnosis-')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        texts = {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {
        "README.txt",
        "config.json",
        "doctor.json",
        "log.txt",
        "metrics.txt",
        "versions.json",
        "camera-1/status.json",
        "camera-1/health.json",
    }
    assert [(name, secret) for name, text in texts.items() for secret in PLANTED if secret in text] == []
    # The useful facts are still there.
    assert "ValueError" in texts["log.txt"]
    assert "nas.local" in texts["log.txt"]
    assert json.loads(texts["config.json"])["photo_root"] == str(tmp_path)
    assert json.loads(texts["doctor.json"])["code"] == 19
    assert "photonic_camera_ready" in texts["metrics.txt"]
    assert json.loads(texts["camera-1/health.json"])["recoveries"][0]["rung"] == 3


@pytest.mark.parametrize("way", ["POST", "PUT", "DELETE"])
async def test_there_is_nothing_to_change(way: str) -> None:
    async with asking(FakeController()) as client:
        assert (await client.request(way, DIAGNOSIS)).status_code == 405
