"""Hooks and webhooks on the whole real stack: told of each photo, also after the service was killed in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.receiver import Receiver, listening
from tests.support.stack import stack
from tests.support.waiting import until_true

from photonic import CameraClient

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[hooks.copy]
command = ["cp", "{{path}}", "{place}/copied-{{sequence}}.jpg"]
[hooks.hang]
command = ["sleep", "3"]
at_once = 1
[webhooks.site]
url = "{url}"
"""


LIMIT_SECONDS = 90.0
"""For what takes two: a machine may be busy with other things."""


def sequence_numbers(receiver: Receiver) -> set[int]:
    return {message["data"]["sequence_number"] for message in receiver.received}


@pytest.mark.long
async def test_photos_are_reported_though_a_hook_hangs_and_after_the_service_was_killed(
    transport: str, tmp_path: Path
) -> None:
    receiver = Receiver(503, 200)
    config = tmp_path / "photonic.toml"
    copied = tmp_path / "copied-1.jpg"
    async with listening(receiver.handle) as url:
        config.write_text(CONFIG.format(place=tmp_path, url=url))
        with stack(tmp_path / "photos", "--config", str(config), transport=transport) as whole:
            async with CameraClient(whole.url) as client:
                await client.connect()
                first = await client.capture("guest", 1)
                assert first.success
                # Refused once, then taken.
                await receiver.until(2, LIMIT_SECONDS)
                assert (await client.capture("guest", 2)).success
            whole.kill_service()
            whole.start_service()
            async with CameraClient(whole.url) as client:
                await client.connect()
                assert (await client.capture("guest", 3)).success
                # What the killed service had delivered and not recorded comes once more: messages are not counted.
                await receiver.until_true(lambda: sequence_numbers(receiver) == {1, 2, 3}, LIMIT_SECONDS)
                await until_true(lambda: copied.exists() and copied.stat().st_size > 0, LIMIT_SECONDS)
    assert {message["type"] for message in receiver.received} == {"photo.saved"}
    assert receiver.received[0]["data"]["id"] == receiver.received[1]["data"]["id"] == first.capture_id
