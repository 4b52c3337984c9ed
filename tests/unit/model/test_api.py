"""Valid requests, and invalid ones that are refused before anything happens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from photonic.model.api import (
    CaptureAnswer,
    CaptureMetadata,
    CaptureRequest,
    CaptureStatusAnswer,
    ConfigRequest,
    HealthAnswer,
    StatusAnswer,
)
from photonic.model.exif import ExifFacts


def test_a_capture_needs_a_session_and_a_number_only() -> None:
    request = CaptureRequest.model_validate({"session_id": "wedding_42", "sequence_number": 0, "mood": "happy"})
    assert request.output_directory == "./photos"
    assert not hasattr(request, "mood")


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_session_ids_of_the_alphabet_are_taken(session_id: str) -> None:
    assert CaptureRequest(session_id=session_id, sequence_number=1).session_id == session_id


@pytest.mark.parametrize("session_id", ["", "a" * 65, "../x", "a/b", "a b", "ä", "a\n", "a\0", ".", "a.jpg"])
def test_other_session_ids_are_refused(session_id: str) -> None:
    with pytest.raises(ValidationError):
        CaptureRequest(session_id=session_id, sequence_number=1)


@pytest.mark.parametrize("number", [-1, 2**31, 1.5, "1", True, None])
def test_other_sequence_numbers_are_refused(number: object) -> None:
    with pytest.raises(ValidationError):
        CaptureRequest.model_validate({"session_id": "s", "sequence_number": number})


def test_an_overlong_directory_is_refused() -> None:
    with pytest.raises(ValidationError):
        CaptureRequest(session_id="s", sequence_number=1, output_directory="d" * 1025)


def test_config_refuses_an_unknown_field() -> None:
    with pytest.raises(ValidationError, match="iso_moonlight"):
        ConfigRequest.model_validate({"iso_moonlight": "100"})


@pytest.mark.parametrize("value", ["", "x" * 65, 100, ["100"]])
def test_config_takes_short_texts(value: object) -> None:
    with pytest.raises(ValidationError):
        ConfigRequest.model_validate({"iso_capture": value})


def test_config_leaves_omitted_fields_unchanged() -> None:
    assert ConfigRequest(iso_capture="400").model_dump(exclude_none=True) == {"iso_capture": "400"}


def test_status_without_a_camera_has_every_field_of_the_compat_api() -> None:
    assert set(StatusAnswer(connected=False).model_dump()) == {
        "connected",
        "model",
        "battery",
        "storage_available",
        "liveview_active",
        "capture_count",
        "last_capture_at",
    }


def test_capture_status_has_the_compat_fields_and_the_snapshot() -> None:
    assert {"is_capturing", "capture_start_time", "session_id", "elapsed_seconds", "boot_id", "rev", "captures"} <= set(
        CaptureStatusAnswer.model_fields
    )


def test_a_capture_answer_has_every_field_of_the_compat_api() -> None:
    assert {
        "success",
        "image_path",
        "metadata",
        "error",
        "error_type",
        "capture_time_ms",
        "forced_capture",
        "attempts",
        "warning",
    } <= set(CaptureAnswer(success=True, capture_time_ms=1).model_dump())


def test_health_says_ok() -> None:
    assert HealthAnswer(timestamp=datetime.now(UTC), version="1").status == "ok"


def test_the_file_completes_only_what_the_camera_did_not_report() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    exif = ExifFacts(iso=200, exposure_seconds=1 / 60, f_number=4, model="D750")
    reported = CaptureMetadata(timestamp=moment, iso="Auto", model="Nikon DSC D750")
    assert reported.completed(exif) == CaptureMetadata(
        timestamp=moment, iso="Auto", model="Nikon DSC D750", shutter_speed="1/60", aperture="4"
    )
    assert reported.completed(None) == reported.completed(ExifFacts()) == reported
