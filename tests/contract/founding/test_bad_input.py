"""Bad input meets a clear error, and changes nothing: not the disk, not the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import stack

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.stack import Stack

GOOD = {"session_id": "guest", "sequence_number": 1}
BAD_CAPTURES: list[dict[str, Any]] = [
    {**GOOD, "output_directory": "../outside"},
    {**GOOD, "output_directory": "/etc"},
    {**GOOD, "output_directory": "a/../../outside"},
    {**GOOD, "output_directory": "nul\0byte"},
    {**GOOD, "output_directory": "x" * 5000},
    {**GOOD, "session_id": "../../guest"},
    {**GOOD, "session_id": "a/b"},
    {**GOOD, "session_id": ""},
    {**GOOD, "session_id": "x" * 65},
    {**GOOD, "session_id": 7},
    {**GOOD, "sequence_number": "one"},
    {**GOOD, "sequence_number": -1},
    {**GOOD, "sequence_number": 1.5},
    {"sequence_number": 1},
]
BAD_SETTINGS: list[dict[str, Any]] = [
    {"iso_liveview": "401"},
    {"shutter_speed_capture": "1/7"},
    {"aperture_capture": "f/0.5"},
    {"exposure_mode": "Holiday"},
    {"iso_capture": "800", "shutter_speed_capture": "1/7"},
    {"colour": "blue"},
    {"disable_viewfinder_before_capture": "perhaps"},
    {"iso_capture": 5},
]


@pytest.fixture(scope="module")
def whole(transport: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("bad") / "photos", transport=transport) as running:
        with httpx2.Client(base_url=running.url, timeout=30) as http:
            assert http.post("/api/v1/camera/connect").status_code == 200
        yield running


def of_the_disk(whole: Stack) -> set[str]:
    return {str(path) for path in whole.photo_root.parent.rglob("*") if ".photonic" not in path.parts}


def of_the_camera(whole: Stack) -> dict[str, str]:
    return whole.camera.control.state()["properties"]


@pytest.mark.parametrize("body", BAD_CAPTURES)
def test_a_bad_capture_is_refused_before_the_shutter(whole: Stack, body: dict[str, Any]) -> None:
    disk, shots = of_the_disk(whole), whole.counted("pressed")
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        answer = http.post("/api/v1/camera/capture", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert isinstance(problem["detail"], str)
    assert problem["detail"]
    assert of_the_disk(whole) == disk
    assert whole.counted("pressed") == shots


@pytest.mark.parametrize("body", BAD_SETTINGS)
def test_bad_settings_are_refused_all_together(whole: Stack, body: dict[str, Any]) -> None:
    before = of_the_camera(whole)
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        answer = http.post("/api/v1/camera/config", json=body)
        # Not kept for the next capture either.
        assert http.post("/api/v1/camera/capture", json=GOOD).status_code == 200
    assert answer.status_code == 422
    assert next(field for field in body) in answer.text or "shutter_speed_capture" in answer.text
    assert (
        of_the_camera(whole).items()
        >= {
            code: value for code, value in before.items() if code not in {"0xd11b", "0xd111", "0xd1b0", "0xd1b1"}
        }.items()
    )


def test_a_shutter_value_that_the_camera_does_not_have_names_those_it_has(whole: Stack) -> None:
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        problem = http.post("/api/v1/camera/config", json={"shutter_speed_capture": "1/7"}).json()
    assert "1/6" in str(problem)
    assert "1/8" in str(problem)
