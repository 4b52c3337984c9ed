"""Findings: the exit code is that of the first failure, and the JSON has stable keys."""

from __future__ import annotations

from pathlib import Path

from photonic.diagnosis.finding import Check, DoctorCode, exit_code, failed, passed, skipped, warning

FAILED = failed(Check.PHOTO_ROOT, DoctorCode.PHOTO_ROOT, "what", "why", "mend")


def test_warnings_are_no_failure() -> None:
    assert exit_code([passed(Check.USB, "x"), warning(Check.CLOCK, "x", "y", "z"), skipped(Check.CARD, "x")]) == 0


def test_the_first_failure_gives_the_code() -> None:
    later = failed(Check.CAMERA, DoctorCode.CAMERA_ABSENT, "what", "why", "mend")
    assert exit_code([passed(Check.USB, "x"), FAILED, later]) == 11
    assert exit_code([later, FAILED]) == 16


def test_every_code_is_clear_of_the_other_commands() -> None:
    assert all(code >= 10 for code in DoctorCode if code is not DoctorCode.OK)


def test_every_code_is_in_the_how_to() -> None:
    text = (Path(__file__).parents[3] / "docs" / "how-to" / "when-something-is-wrong.md").read_text()
    assert [code for code in DoctorCode if f"\n| {int(code)} | " not in text] == []
    assert [check for check in Check if f"\n| {check.value.replace('_', ' ')} | " not in text] == []


def test_a_finding_as_json() -> None:
    assert FAILED.as_json() == {
        "check": "photo_root",
        "outcome": "failed",
        "what": "what",
        "why": "why",
        "mend": "mend",
        "code": 11,
    }
