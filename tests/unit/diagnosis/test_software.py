"""The libraries below photonic: queried in their own process, and judged."""

from __future__ import annotations

import pytest

from photonic.diagnosis.finding import DoctorCode, Outcome
from photonic.diagnosis.software import SoftwareFacts, inspect_software, judge_software

DRIVERS = frozenset({"usb1", "ptpip"})


async def test_the_real_library_passes() -> None:
    facts = await inspect_software("photonic.drivers.gphoto2")
    assert facts.problem is None
    assert facts.drivers >= DRIVERS
    assert judge_software(facts).outcome is Outcome.OK


async def test_a_missing_driver_is_a_failure_with_the_error() -> None:
    facts = await inspect_software("photonic.drivers.none")
    found = judge_software(facts)
    assert found.code is DoctorCode.SOFTWARE
    assert "No module named" in found.what


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (SoftwareFacts("2.5.34", "2.6.4", DRIVERS), Outcome.OK),
        (SoftwareFacts("2.5.40", "2.6.4", DRIVERS), Outcome.OK),
        (SoftwareFacts("2.5.9", "2.6.4", DRIVERS), Outcome.WARNING),
        (SoftwareFacts("2.5.34", "2.6.4", frozenset({"usb1"})), Outcome.FAILED),
        (SoftwareFacts(problem="no answer within 15 s"), Outcome.FAILED),
    ],
)
def test_the_finding(facts: SoftwareFacts, outcome: Outcome) -> None:
    assert judge_software(facts).outcome is outcome
