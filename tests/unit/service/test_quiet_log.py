"""A condition that lasts for a night takes a few log lines: logged when it changes, at the right level."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.support.card_photos import request

from photonic.errors import FailureKind, StorageError

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarnesses

WARNING = logging.WARNING


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


async def test_an_absent_camera_is_logged_once_and_a_change_at_once(
    harnesses: ControllerHarnesses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with harnesses.running() as harness:
        await harness.until_ready()
        caplog.clear()
        for _look in range(500):
            harness.process.go_down(FailureKind.CAMERA_ABSENT, "no camera found: plug it in")
        assert len(lines(caplog, WARNING)) == 1
        for number in range(500):
            harness.process.go_down(FailureKind.BLOCKED, f"process {number} has the camera")
        said = lines(caplog, WARNING)
        assert len(said) == 2
        assert "process 0 has the camera" in said[1]
        harness.process.come_back()
        assert lines(caplog, logging.INFO)[-1] == "the camera has recovered"
        harness.process.go_down(FailureKind.CAMERA_ABSENT, "no camera found: plug it in")
        assert len(lines(caplog, WARNING)) == 3


async def test_a_photo_root_that_cannot_be_written_is_a_warning_logged_once(
    harnesses: ControllerHarnesses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    harnesses.photo_root.write_text("a file")
    async with harnesses.running() as harness:
        await harness.until_ready()
        for _try in range(20):
            with pytest.raises(StorageError):
                await harness.controller.submit(request(), None)
        # The periodic check of the disk may have logged it in another form.
        count = Counter(line.split(":")[0] for line in lines(caplog, WARNING))
        assert count["captures are not possible"] == 1
        assert all(times == 1 for times in count.values())
        harnesses.photo_root.unlink()
        await (await harness.controller.submit(request(), None)).ended()
        assert "captures are possible again: the photo root is writable" in lines(caplog, logging.INFO)
