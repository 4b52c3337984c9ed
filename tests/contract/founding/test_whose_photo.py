"""Whose photo it is, on the whole stack: a guest's record shows nobody else's photo, and no photo comes twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.stack import frame_after, stack
from tests.support.waiting import until_true

from photonic import CameraClient, LiveView
from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.stack import Stack

    from photonic.model.api import CaptureRecord

WITHIN_SECONDS = 60.0


def on_disk(whole: Stack, session: str) -> list[int]:
    """The numbers of the exposures that a session's JPEGs show."""
    return sorted(pixels.read(photo.read_bytes()).counter for photo in whole.photo_root.rglob(f"{session}_*.jpg"))


async def records(client: CameraClient) -> Sequence[CaptureRecord]:
    return (await client.captures()).captures


def counter(path: str) -> int:
    return pixels.read(Path(path).read_bytes()).counter


def exposures(whole: Stack, source: str) -> list[int]:
    return sorted(entry["counter"] for entry in whole.camera.journal("exposed") if entry["source"] == source)


@pytest.mark.long
async def test_a_press_before_a_late_twin_is_recorded_as_the_bodys_own(transport: str, tmp_path: Path) -> None:
    camera = ("--fault", "late_twin:capture=1,amount=14,times=1")
    with stack(tmp_path / "photos", camera=camera, transport=transport) as whole:
        async with CameraClient(whole.url) as client, LiveView(whole.url) as view:
            await frame_after(view, 0)
            await client.settings.change(image_format="RAW + L")
            answer = await client.capture("guest", 1)
            assert "arrived within" in (answer.warning or "")
            whole.camera.control.press()
            await until_true(lambda: len(list(whole.photo_root.rglob("*.cr2"))) == 2, WITHIN_SECONDS)
            await until_true(lambda: len(list(whole.photo_root.rglob("*.jpg"))) == 2, WITHIN_SECONDS)
        assert on_disk(whole, "guest") == exposures(whole, "client")
        assert on_disk(whole, "body") == exposures(whole, "button")


@pytest.mark.long
@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("body", ["canon", "nikon"])
async def test_a_backup_on_a_second_card_is_no_second_photo(
    transport: str, tmp_path: Path, body: str, *, silent: bool
) -> None:
    ran = tmp_path / "ran"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\necho once >> {ran}\n")
    hook.chmod(0o755)
    config = tmp_path / "photonic.toml"
    config.write_text(f'[hooks.print]\ncommand = ["{hook}"]\n')
    faults = ("--fault", "second_card_silent") if silent else ()
    camera = ("--body", body, "--second-card", "backup", *faults)
    with stack(tmp_path / "photos", "--config", str(config), camera=camera, transport=transport) as whole:
        async with CameraClient(whole.url) as client, LiveView(whole.url) as view:
            await frame_after(view, 0)
            for number in (1, 2):
                assert (await client.capture("guest", number)).success
            opened = whole.counted("session_opened")
            # The account of the cards is drawn two seconds after a shot, and once more where something is missing.
            async with asyncio.timeout(WITHIN_SECONDS):
                last = whole.camera.journal("added")[-1]["at_us"]
                await frame_after(view, last + 8_000_000)
            assert whole.counted("session_opened") == opened
            assert len(await records(client)) == 2
            await until_true(lambda: ran.exists() and ran.read_text().count("once") == 2, WITHIN_SECONDS)
        # And when the cards are compared with the index, at the next start.
        whole.stop_service()
        whole.start_service()
        async with CameraClient(whole.url) as client, LiveView(whole.url) as view:
            await frame_after(view, 0)
            whole.camera.control.press()
            await until_true(lambda: len(on_disk(whole, "body")) == 1, WITHIN_SECONDS)
            assert len(await records(client)) == 3
        assert ran.read_text().count("once") <= 3


async def test_all_photos_of_a_release_are_in_the_guests_session(transport: str, tmp_path: Path) -> None:
    with stack(tmp_path / "photos", transport=transport) as whole:
        async with CameraClient(whole.url) as client, LiveView(whole.url) as view:
            await frame_after(view, 0)
            await client.settings.change(drive_mode="Continuous")
            answer = await client.capture("guest", 1)
            assert "4 photos with this release" in (answer.warning or "")
            assert answer.image_path is not None
            assert counter(answer.image_path) == 1
            await until_true(lambda: on_disk(whole, "guest") == [1, 2, 3, 4], WITHIN_SECONDS)
            async with asyncio.timeout(WITHIN_SECONDS):
                # A photo is in its place a moment before its record is; each frame is a look.
                async for _frame in view:
                    if len(found := await records(client)) == 4:
                        break
                else:
                    raise AssertionError("the view ended")
        assert {(one.session_id, one.sequence_number) for one in found} == {("guest", 1)}
        assert sorted(one.release_of or "" for one in found) == ["", *[answer.capture_id] * 3]
