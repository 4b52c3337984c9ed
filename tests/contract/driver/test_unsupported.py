"""Operations that the simulated bodies do not know, although they list them: an ability less, no failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.rig import run
from tests.fakes.simulated import simulated_camera

from photonic.errors import CameraError, FailureKind
from photonic.worker.messages import Staged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.driver.rig import Bench

KEEP_DEVICE_ON = 0x911D
KEEP_ALIVE_SECONDS = 10.0
"""libgphoto2 2.5.34 asks for it so long after it was prepared."""


def _past_the_keep_alive(bench: Bench) -> list[str | None]:
    bench.open()
    bench.driver.start_preview()
    # Ten seconds of pictures: the library's own clock decides.
    bench.frames(round(KEEP_ALIVE_SECONDS * 30) + 60)
    bench.capture("first")
    bench.frames(3)
    bench.driver.stop_preview()
    bench.capture("second")
    return [photo.capture_id for photo in bench.log.of(Staged)]


def test_an_eos_without_a_keep_alive_shows_live_view_and_takes_photos(tmp_path: Path) -> None:
    with simulated_camera("--speed", "8", "--fault", f"unsupported:amount={KEEP_DEVICE_ON}") as camera:
        staged = run(_past_the_keep_alive, camera.address, tmp_path)

        assert staged == ["first", "second"]
        assert camera.journal("unsupported")
