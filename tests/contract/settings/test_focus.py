"""Focus on the whole stack: the simulated lens has moved, by the body's own word."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.stack import frame_after, stack

from photonic import CameraClient, LiveView, ServiceError
from photonic.errors import BadInput, FailureKind

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.support.stack import Stack


@pytest.fixture(scope="module")
def whole(transport: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    with stack(tmp_path_factory.mktemp("focus") / "photos", transport=transport) as running:
        with httpx2.Client(base_url=running.url, timeout=30) as http:
            assert http.post("/api/v1/camera/connect").status_code == 200
        yield running


def position(whole: Stack) -> int:
    return whole.camera.control.state()["focus"]


async def test_the_lens_goes_nearer_and_farther_while_live_view_runs(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        before = position(whole)
        await client.settings.focus("near", size=2, steps=3)
        nearer = position(whole)
        await client.settings.focus("far")
        assert nearer < position(whole) < before
        moved = whole.camera.journal("lens")
        assert len(moved) == 4
        await frame_after(view, moved[-1]["at_us"])


async def test_the_lens_finds_the_focus_or_says_that_there_is_none(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        await client.settings.focus("auto")
        assert whole.camera.journal("focused")[-1]["sharp"] is True
        whole.camera.control.fault("autofocus_failure", times=1)
        with pytest.raises(ServiceError) as caught:
            await client.settings.focus("auto")
        assert (caught.value.status, caught.value.kind) == (422, FailureKind.AUTOFOCUS_FAILED)
        await client.settings.focus("cancel")
        await frame_after(view, whole.camera.journal("focused")[-1]["at_us"])


async def test_a_lens_on_manual_focus_is_told_of(whole: Stack) -> None:
    async with CameraClient(whole.url) as client, LiveView(whole.url, scale="full") as view:
        await frame_after(view, 0)
        await client.settings.change(focus_mode="Manual")
        before = position(whole)
        with pytest.raises(ServiceError, match="switch the lens to autofocus"):
            await client.settings.focus("near")
        assert position(whole) == before
        await client.settings.change(focus_mode="one shot")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "closer"},
        {"action": "near", "size": 4},
        {"action": "near", "steps": 0},
        {"action": "near", "by": 3},
    ],
)
def test_what_is_no_focus_is_refused(whole: Stack, body: dict[str, object]) -> None:
    before = position(whole)
    with httpx2.Client(base_url=whole.url, timeout=30) as http:
        assert http.post("/api/v1/camera/focus", json=body).status_code == 422
    assert position(whole) == before


async def test_the_client_refuses_it_too(whole: Stack) -> None:
    async with CameraClient(whole.url) as client:
        with pytest.raises(BadInput):
            await client.settings.focus("closer")


def test_the_command_line_refuses_it_too(whole: Stack) -> None:
    command = [sys.executable, "-m", "photonic.cli", "focus", "closer", "--url", whole.url]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, len(ran.stderr.strip().splitlines())) == (2, 1)
    assert "auto, cancel, near or far" in ran.stderr
