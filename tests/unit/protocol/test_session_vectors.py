"""The committed vectors hold for the Python machine, and reach every part of it."""

from __future__ import annotations

import json

import pytest
from tests.support.session_recording import Vector, replay
from tests.support.session_vectors import VECTORS

from photonic.protocol.session_events import SessionState
from photonic.protocol.session_states import REFUSALS

LARGEST_BYTES = 300_000
CASES: list[Vector] = json.loads(VECTORS.read_text())


@pytest.mark.parametrize("vector", CASES, ids=lambda vector: vector["name"])
def test_the_machine_follows_the_vectors(vector: Vector) -> None:
    for (now, words, expected), outputs in zip(vector["steps"], replay(vector), strict=True):
        assert outputs == expected, f"at {now}: {words}"


def test_the_vectors_reach_every_input_output_state_and_reason() -> None:
    steps = [step for vector in CASES for step in vector["steps"]]
    inputs = {words[0] for _now, words, _outputs in steps}
    outputs = [output for _now, _words, outputs in steps for output in outputs]
    assert inputs == {"start", "stop", "tick", "opened", "closed", "frame", "push", "answer", "status_error"}
    assert {output[0] for output in outputs} == {
        "dial", "close", "get_status", "notify", "show", "restart_preview", "wake"
    }  # fmt: skip
    reported = [(output[1], output[2]) for output in outputs if output[0] == "notify"]
    assert {state for state, _reason in reported} == {state.value for state in SessionState}
    reasons = {reason for _state, reason in reported}
    assert {REFUSALS[401], "a capture is running", "the service could not be reached"} <= reasons
    assert {"the service did not respond in time", "no frame has arrived for too long"} <= reasons
    assert {"the connection has gone silent", "the service was restarted"} <= reasons


def test_the_vectors_stay_small() -> None:
    assert VECTORS.stat().st_size < LARGEST_BYTES
