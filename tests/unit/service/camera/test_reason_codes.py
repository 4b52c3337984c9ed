"""Every reason of the snapshot has a code from a closed list, and the page a text for each in its languages."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from photonic.errors import CameraError, FailureKind
from photonic.model.reason import DETAIL, VALUE_NAMES, ReasonCode, failure_reason, reason
from photonic.model.status import LiveState
from photonic.service.camera.reasons import STARTING, outage_reason, refusal_reason
from photonic.service.live.demand import report_reason
from photonic.worker.link.messages import PreviewChanged
from photonic.worker.supervision.recovery import LAST_RUNG

LANGUAGES = ("en", "de")


def texts(language: str) -> dict[str, str]:
    """The page's texts for codes."""
    content = (files("photonic.web") / "i18n" / f"{language}.js").read_text(encoding="utf-8")
    return dict(re.findall(r'"reason\.(\w+)":\s*"([^"]*)"', content))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_text_for_each_code_with_none_but_its_values(language: str) -> None:
    found = texts(language)
    assert set(found) == {code.value for code in ReasonCode}
    for code in ReasonCode:
        assert set(re.findall(r"\{(\w+)\}", found[code.value])) <= VALUE_NAMES[code]


@pytest.mark.parametrize("code", ReasonCode)
def test_a_reason_has_the_values_of_its_code(code: ReasonCode) -> None:
    assert set(reason(code, "why").values) == VALUE_NAMES[code]


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_code_and_keeps_its_sentence(kind: FailureKind) -> None:
    found = failure_reason(kind, "it broke")
    assert (found.text, set(found.values)) == ("it broke", VALUE_NAMES[found.code])


def test_the_last_rung_asks_for_a_power_cycle() -> None:
    failure = CameraError("it hung; switch it off and on", kind=FailureKind.TIMEOUT)
    found = outage_reason(failure, LAST_RUNG)
    assert (found.code, found.text, found.values) == (
        ReasonCode.POWER_CYCLE_NEEDED,
        failure.reason,
        {DETAIL: "it hung"},
    )
    assert outage_reason(failure, LAST_RUNG - 1).code is ReasonCode.TIMEOUT


def test_a_refusal_of_live_view_says_why() -> None:
    found = refusal_reason(PreviewChanged(state="recovering", reason="too hot", blocked=FailureKind.BLOCKED))
    assert found is not None
    assert (found.code, found.values) == (ReasonCode.BLOCKED, {DETAIL: "too hot"})
    assert refusal_reason(PreviewChanged(state="running")) is None
    assert STARTING.code is ReasonCode.CAMERA_STARTING


@pytest.mark.parametrize("state", LiveState)
def test_every_report_on_live_view_with_a_reason_has_a_code(state: LiveState) -> None:
    found = report_reason(PreviewChanged(state=state.value, reason="why"))
    assert found is not None
    assert (found.text, set(found.values)) == ("why", VALUE_NAMES[found.code])
    assert report_reason(PreviewChanged(state=state.value)) is None
