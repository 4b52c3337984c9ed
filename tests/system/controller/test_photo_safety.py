"""Photos that the service could not take in at once: the real service, libgphoto2 and the simulated camera."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.commands import ask
from tests.support.stack import Stack, stack
from tests.support.waiting import until_answer, until_true

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

WAIT_SECONDS = 60.0
CAPTURE = {"session_id": "guest", "sequence_number": 1}


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=WAIT_SECONDS) as client:
        yield client


async def captures(http: httpx2.AsyncClient, whole: Stack) -> list[dict[str, Any]]:
    return (await http.get(f"{whole.url}/api/v1/captures")).json()["captures"]


async def until(
    http: httpx2.AsyncClient, whole: Stack, condition: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    return await until_answer(lambda: captures(http, whole), condition, WAIT_SECONDS)


async def happened(whole: Stack, event: str, times: int = 1) -> None:
    """The camera's diary has the event so often."""
    await until_true(lambda: whole.counted(event) >= times, WAIT_SECONDS)


async def seen(whole: Stack) -> None:
    """The card has been looked at for the first time."""
    service = whole._service  # pyright: ignore[reportPrivateUsage]
    assert service is not None
    await asyncio.to_thread(service.wait_for, "first scan of card")


async def capture(http: httpx2.AsyncClient, whole: Stack, number: int = 1) -> dict[str, Any]:
    answer = await http.post(f"{whole.url}/api/v1/camera/capture", json={**CAPTURE, "sequence_number": number})
    return answer.json()


async def save(http: httpx2.AsyncClient, whole: Stack, number: int = 1) -> None:
    answer = await capture(http, whole, number)
    assert answer["success"], answer


def photos(whole: Stack) -> list[Path]:
    return sorted(path for path in (whole.photo_root / "photos").rglob("*") if path.is_file())


async def test_a_shot_of_the_body_while_the_service_was_down_comes_in_once(
    tmp_path: Path, http: httpx2.AsyncClient
) -> None:
    with stack(tmp_path / "photos") as whole:
        await seen(whole)
        await save(http, whole)
        whole.kill_service()
        whole.camera.control.press()
        await happened(whole, "exposed", 2)
        for _start in range(2):
            whole.start_service()
            newest, first = await until(http, whole, lambda found: len(found) == 2)
            assert (newest["kind"], newest["session_id"], first["kind"]) == ("reconciled", "body", "still")
            assert len(photos(whole)) == 2
            whole.kill_service()
        # After the card was looked through in the second run too.
        whole.start_service()
        await save(http, whole, 2)
        assert len(photos(whole)) == 3


async def test_a_photo_whose_camera_process_was_killed_after_the_exposure_comes_in(
    tmp_path: Path, http: httpx2.AsyncClient
) -> None:
    with stack(tmp_path / "photos") as whole:
        await seen(whole)
        # It tells how far the camera's clock is ahead: without that nobody is given the photo.
        await save(http, whole)
        capturing = asyncio.create_task(capture(http, whole, 7))
        await happened(whole, "exposed", 2)
        os.kill(whole.camera_process_pid, signal.SIGKILL)
        failed = await capturing
        newest, first, _before = await until(http, whole, lambda found: len(found) == 3)
        assert failed["success"] is False
        assert (first["phase"], first["id"]) == ("failed", failed["capture_id"])
        assert (newest["kind"], newest["session_id"], newest["sequence_number"]) == ("reconciled", "guest", 7)
        assert failed["capture_id"] in newest["warning"]
        assert len(photos(whole)) == whole.counted("exposed") == 2


async def test_the_cards_copy_goes_where_that_is_set(
    tmp_path: Path, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTONIC_DELETE_AFTER_DOWNLOAD", "true")
    with stack(tmp_path / "photos") as whole:
        await seen(whole)
        await save(http, whole)
        await happened(whole, "deleted")
        assert len(photos(whole)) == 1


async def test_low_space_is_told_before_it_is_too_late(
    tmp_path: Path, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTONIC_LOW_SPACE_MB", "1000000000")
    with stack(tmp_path / "photos") as whole:
        await seen(whole)
        status = (await http.get(f"{whole.url}/api/v1/camera/capture/status")).json()
        assert "MB are free" in status["storage"]["warning"]
        answer = await capture(http, whole)
        assert answer["success"]
        assert "MB are free" in answer["warning"]


def test_a_photo_root_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.write_text("a file")
    ended = ask("serve", "--photo-root", str(root), "--port", "0")
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "is a file" in ended.stderr
