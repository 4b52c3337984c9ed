"""When a capture is answered, and as what, on the whole stack: held to the journal of the simulated body."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import stack

from photonic import CameraClient, ServiceError
from photonic.cli.outcome import ExitCode
from photonic.model.exposure_end import ExposureEnd
from photonic.model.status import CapturePhase
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.support.stack import Stack

CAMERA = "/api/v1/camera"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("answers") / "photos") as running_stack:
        yield connected(running_stack)


def connected(running_stack: Stack) -> Stack:
    assert http(running_stack, "POST", "/connect").status_code == 200
    return running_stack


def http(of: Stack, method: str, path: str, **arguments: Any) -> httpx2.Response:
    with httpx2.Client(base_url=f"{of.url}{CAMERA}", timeout=60) as client:
        return client.request(method, path, **arguments)


def shoot(of: Stack, number: int, query: str = "", **headers: str) -> httpx2.Response:
    return http(of, "POST", f"/capture{query}", json={"session_id": "s", "sequence_number": number}, headers=headers)


async def exposed_is_told_between_the_exposure_and_the_disk(of: Stack) -> None:
    before = of.counted("exposed")
    async with CameraClient(of.url) as client:
        exposed = await client.capture("told", 1, answer_at="exposed", idempotency_key="told")
        told_us = time.monotonic_ns() // 1000
        last = of.camera.journal("exposed")[-1]
        assert of.counted("exposed") == before + 1
        assert last["at_us"] <= told_us
        assert (exposed.exposed_from, exposed.phase) == (ExposureEnd.FILE, CapturePhase.DOWNLOADING)
        # The same capture, however it is asked for: no second exposure.
        saved = await client.capture("told", 1, idempotency_key="told")
        photo = await client.capture_photo("told", 1, idempotency_key="told")
        late = await client.capture("told", 1, answer_at="exposed", idempotency_key="told")
        accepted = await client.capture("told", 1, answer_at="accepted", idempotency_key="told")
    assert of.counted("exposed") == before + 1
    assert {saved.capture_id, photo.capture_id, late.id, accepted.id} == {exposed.id}
    assert late.exposed_from is ExposureEnd.SAVED
    assert pixels.read(photo.content).counter == last["counter"]


async def test_an_eos_is_exposed_when_it_reports_the_first_file(whole: Stack) -> None:
    await exposed_is_told_between_the_exposure_and_the_disk(whole)


@pytest.mark.long
@pytest.mark.parametrize("body", ["nikon", "generic"])
async def test_other_bodies_are_exposed_when_they_report_the_first_file(tmp_path: Path, body: str) -> None:
    with stack(tmp_path / "photos", camera=("--body", body)) as other:
        await exposed_is_told_between_the_exposure_and_the_disk(connected(other))


async def test_a_bulb_exposure_is_over_when_the_button_is_released(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        exposed = await client.capture("bulb", 1, answer_at="exposed", bulb_seconds=1.0)
        assert exposed.exposed_from is ExposureEnd.BUTTON
        assert exposed.phase is CapturePhase.EXPOSING


def test_curl_receives_the_photo(whole: Stack) -> None:
    answer = shoot(whole, 2, Accept="image/jpeg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert pixels.read(answer.content).counter == whole.camera.journal("exposed")[-1]["counter"]
    with httpx2.Client(base_url=whole.url) as client:
        photo = client.get(answer.headers["content-location"])
        record = client.get(answer.headers["location"]).json()
    assert (photo.content, photo.headers["etag"]) == (answer.content, answer.headers["etag"])
    assert (record["phase"], record["sequence_number"]) == ("saved", 2)


def test_raw_files_alone_are_refused_before_the_shutter(whole: Stack) -> None:
    before = whole.counted("pressed")
    listed = http(whole, "GET", "/settings").json()["settings"]
    found = next(one for one in listed if one["name"] == "image_format")
    pair = next(choice for choice in found["choices"] if "+" in choice)
    try:
        assert http(whole, "PATCH", "/settings", json={"image_format": "RAW"}).status_code == 200
        refused = shoot(whole, 3, Accept="image/jpeg")
        assert (refused.status_code, refused.json()["type"]) == (406, "urn:photonic:problem:not_acceptable")
        ran = photonic(whole, "capture", "-o", "-")
        assert (ran.returncode, ran.stdout) == (ExitCode.BAD_INPUT, b"")
        assert whole.counted("pressed") == before
        assert http(whole, "PATCH", "/settings", json={"image_format": pair}).status_code == 200
        assert pixels.read(shoot(whole, 3, Accept="image/jpeg").content).kind == "photo"
    finally:
        http(whole, "PATCH", "/settings", json={"image_format": found["value"]})


def photonic(of: Stack, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "photonic.cli", *arguments, "--url", of.url]
    return subprocess.run(command, capture_output=True, timeout=90, check=False)


def test_the_command_writes_the_photo(whole: Stack, tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    wrote = photonic(whole, "capture", "--session", "cli", "-o", str(target))
    assert (wrote.returncode, wrote.stdout.decode().strip()) == (ExitCode.DONE, str(target)), wrote.stderr
    before = whole.counted("pressed")
    refused = photonic(whole, "capture", "--session", "cli", "-o", str(target))
    assert (refused.returncode, refused.stderr.count(b"\n")) == (ExitCode.BAD_INPUT, 1)
    assert whole.counted("pressed") == before
    piped = photonic(whole, "capture", "--session", "cli", "--sequence", "2", "-o", "-")
    counters = [pixels.read(content).counter for content in (target.read_bytes(), piped.stdout)]
    assert counters == [entry["counter"] for entry in whole.camera.journal("exposed")[-2:]]


async def test_no_answer_with_a_photo_is_not_a_photo(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        with pytest.raises(ServiceError) as refused:
            await client.capture_photo("s", 1, output_directory="../elsewhere")
    assert refused.value.status == 422
