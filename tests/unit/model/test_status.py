"""The snapshot has the fields of the v1 API, and stays readable when a newer service adds fields."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from photonic.model.status import (
    CameraState,
    CameraStatus,
    CapturePhase,
    CaptureStatus,
    LiveState,
    LiveStatus,
    Snapshot,
    StorageStatus,
)


def snapshot() -> Snapshot:
    return Snapshot(
        boot_id="b",
        rev=7,
        now_us=1_000_000,
        camera=CameraStatus(id="123", model="Canon EOS", state=CameraState.CAPTURING),
        captures=(CaptureStatus(id="c1", session_id="s", phase=CapturePhase.EXPOSING, elapsed_seconds=0.5),),
        live=LiveStatus(state=LiveState.PAUSED, reason="capture", resume_by_seconds=2.5),
        capture_count=3,
        storage=StorageStatus(free_bytes=5_000_000_000),
    )


def test_the_fields_are_the_contracts() -> None:
    wire = json.loads(snapshot().model_dump_json())
    assert set(wire) == {
        "type",
        "boot_id",
        "rev",
        "now_us",
        "camera",
        "captures",
        "live",
        "capture_count",
        "gallery_rev",
        "storage",
        "saving",
        "download",
        "films_on_card",
        "settings",
        "sequence",
        "viewer",
    }
    assert set(wire["storage"]) == {"free_bytes", "warning"}
    assert set(wire["camera"]) == {"id", "model", "state", "reason", "reason_code", "reason_values", "rung"}
    assert set(wire["captures"][0]) == {
        "id",
        "session_id",
        "kind",
        "phase",
        "elapsed_seconds",
        "remaining_seconds",
        "exposure_remaining_seconds",
    }
    assert set(wire["live"]) == {
        "state",
        "reason",
        "reason_code",
        "reason_values",
        "resume_by_seconds",
        "epoch",
        "seq",
        "fps",
        "viewers",
    }
    assert wire["type"] == "status"


def test_it_reads_back_as_it_was() -> None:
    assert Snapshot.model_validate_json(snapshot().model_dump_json()) == snapshot()


def test_fields_of_a_newer_service_are_ignored() -> None:
    wire = json.loads(snapshot().model_dump_json())
    wire["moon"] = "full"
    wire["camera"]["lens"] = "50 mm"
    wire["live"]["zoom"] = 5
    assert Snapshot.model_validate(wire) == snapshot()


@pytest.mark.parametrize(("part", "field"), [("camera", "state"), ("live", "state")])
def test_an_unknown_state_is_refused(part: str, field: str) -> None:
    wire = json.loads(snapshot().model_dump_json())
    wire[part][field] = "dreaming"
    with pytest.raises(ValidationError):
        Snapshot.model_validate(wire)


def test_a_snapshot_does_not_change() -> None:
    with pytest.raises(ValidationError):
        snapshot().rev = 8
