"""Sequences on the whole real stack: a burst, and a time-lapse whose service is killed in the middle."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import Stack, stack
from tests.support.waiting import until, until_found

from photonic.simulator import pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

WITHIN_SECONDS = 60.0
SEQUENCES = "/api/v1/camera/sequences"
SLACK_MS = 150.0


class Asking:
    """Sequences of one stack, over HTTP."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def begin(self, **fields: Any) -> str:
        answer = self._http.post(SEQUENCES, json={"session_id": "guest", **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def report(self, sequence_id: str) -> dict[str, Any]:
        return self._http.get(f"{SEQUENCES}/{sequence_id}").json()

    def until(self, sequence_id: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The report as soon as it makes ``condition`` true."""
        return until_found(lambda: self.report(sequence_id), condition, WITHIN_SECONDS)

    def until_ready(self) -> None:
        status = "/api/v1/camera/capture/status"
        until(lambda: self._http.get(status).json()["camera"]["state"] == "ready", WITHIN_SECONDS)


@contextmanager
def asking(whole: Stack) -> Generator[Asking]:
    with httpx2.Client(base_url=whole.url, timeout=30.0, trust_env=False) as http:
        reported = Asking(http)
        reported.until_ready()
        yield reported


def stamps(report: dict[str, Any]) -> list[int]:
    """The camera's number of each photo, read from its pixels."""
    paths = [path for frame in report["frames"] for path in frame["paths"]]
    return [pixels.read(Path(path).read_bytes()).counter for path in paths]


@pytest.mark.long
def test_a_burst_and_then_a_time_lapse_that_survives_a_killed_service(tmp_path: Path) -> None:
    with stack(tmp_path / "photos") as whole:
        with asking(whole) as ask:
            burst = ask.until(ask.begin(kind="burst", count=3), lambda report: report["ended_at"] is not None)
            assert (burst["phase"], burst["saved"], burst["failed"]) == ("done", 3, 0)
            assert len(set(stamps(burst))) == whole.counted("exposed") == 3

            lapse = ask.begin(kind="interval", interval_seconds=1.5, count=12, allow_misses=True)
            ask.until(lapse, lambda report: report["saved"] == 2)
        whole.kill_service()
        whole.start_service()
        with asking(whole) as ask:
            report = ask.until(lapse, lambda report: report["ended_at"] is not None)

        assert report["phase"] == "done", report
        numbers = [frame["number"] for frame in report["frames"]]
        missed = [number for gap in report["gaps"] for number in range(gap["first"], gap["last"] + 1)]
        assert sorted(numbers + missed) == list(range(1, 13)), report
        assert report["saved"] + report["failed"] + report["missed"] == 12
        # On time on either side of the gap, whose end is no multiple of anything.
        assert all(frame["late_ms"] <= SLACK_MS for frame in report["frames"]), report
        assert len(set(stamps(report))) == report["saved"] >= 3
