"""Hooks and webhooks on the whole real stack: told of each photo, also after the service was killed in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.receiver import Receiver, listening
from tests.fakes.stack import stack

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


async def test_photos_are_told_of_while_a_hook_hangs_and_after_the_service_was_killed(tmp_path: Path) -> None:
    receiver = Receiver(503, 200)
    config = tmp_path / "photonic.toml"
    async with listening(receiver.handle) as url:
        config.write_text(CONFIG.format(place=tmp_path, url=url))
        with stack(tmp_path / "photos", "--config", str(config)) as whole:
            async with CameraClient(whole.url) as client:
                await client.connect()
                first = await client.capture("guest", 1)
                assert first.success
                # Refused once, then taken.
                await receiver.until(2)
                assert (await client.capture("guest", 2)).success
            whole.kill_service()
            whole.start_service()
            async with CameraClient(whole.url) as client:
                await client.connect()
                assert (await client.capture("guest", 3)).success
                await receiver.until(4)
    assert {message["type"] for message in receiver.told} == {"photo.saved"}
    assert {message["data"]["sequence_number"] for message in receiver.told} == {1, 2, 3}
    assert receiver.told[0]["data"]["id"] == receiver.told[1]["data"]["id"] == first.capture_id
    assert (tmp_path / "copied-1.jpg").stat().st_size > 0
