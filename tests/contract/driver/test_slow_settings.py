"""Bodies that take long for each setting: the first frame waits for few of them, live view goes on between the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.harness import run
from tests.support.usb_bus import camera_on

from photonic.worker.link.messages import Facts
from photonic.worker.link.setting_messages import SettingsChanged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.driver.harness import DriverHarness

PATIENCE_SECONDS = 50.0


def _calls(harness: DriverHarness) -> list[str]:
    calls = [call for call, _limit, _took in harness.log.calls]
    harness.log.calls.clear()
    return calls


def _first_frame(harness: DriverHarness) -> tuple[list[str], list[str]]:
    """The library calls up to the first frame, and from there until everything has been told once."""
    harness.open()
    harness.driver.start_preview()
    harness.frames(1)
    # What follows the frame in the same turn is housekeeping already.
    before = _calls(harness)
    before = before[: before.index("preview") + 1]
    until = time.monotonic() + PATIENCE_SECONDS
    while not (harness.log.of(Facts) and harness.log.of(SettingsChanged)):
        assert time.monotonic() < until
        harness.frames(1)
    return before, _calls(harness)


def _settings_asked(calls: list[str]) -> int:
    return sum(call.startswith(("get_config", "set_config")) for call in calls)


@pytest.mark.parametrize(("body", "most"), [("canon", 3), pytest.param("nikon", 7, marks=pytest.mark.long)])
def test_few_settings_are_asked_for_before_the_first_frame(
    transport: str, body: str, most: int, tmp_path: Path
) -> None:
    with camera_on(transport, "--body", body, "--speed", "8") as camera:
        before, _after = run(_first_frame, camera.address, tmp_path)
    assert _settings_asked(before) <= most


@pytest.mark.long
def test_pictures_are_taken_between_the_slow_settings(transport: str, tmp_path: Path) -> None:
    with camera_on(transport, "--body", "nikon", "--speed", "8", "--fault", "slow_settings:amount=0.2") as camera:
        _before, after = run(_first_frame, camera.address, tmp_path)
    asked = [call for call in after if call == "preview" or call.startswith("get_config")]
    # Those that the library answers by itself cost nothing, and may follow each other.
    runs = "".join("p" if call == "preview" else "s" for call in asked).split("p")
    assert max(map(len, runs)) <= 4
    assert runs.count("") > len(asked) // 4


def _listed(harness: DriverHarness) -> tuple[list[bool], list[int], list[int]]:
    harness.open()
    complete: list[bool] = []
    counts: list[int] = []
    until = time.monotonic() + PATIENCE_SECONDS
    while not complete or not complete[-1]:
        assert time.monotonic() < until
        read = harness.driver.settings()
        complete.append(read.complete)
        counts.append(len(read.settings))
        harness.driver.settle()
    return complete, counts, [len(harness.driver.settings().settings)]


@pytest.mark.long
def test_a_slow_bodys_settings_are_told_in_parts_and_said_to_be(transport: str, tmp_path: Path) -> None:
    with camera_on(transport, "--body", "nikon", "--fault", "slow_settings:amount=1") as camera:
        complete, counts, _again = run(_listed, camera.address, tmp_path)
    assert complete[0] is False
    assert complete[-1] is True
    assert counts == sorted(counts)
