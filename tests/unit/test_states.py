"""Every state that the interface knows comes about, is documented, and has its word on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from photonic import service
from photonic.model.status import CameraState, CapturePhase, LiveState, SequencePhase

if TYPE_CHECKING:
    from enum import StrEnum

ROOT = Path(__file__).parents[2]
SOURCE = Path(service.__file__).parents[1]
KINDS = (CameraState, LiveState, CapturePhase, SequencePhase)


@pytest.mark.parametrize("state", [state for kind in (CameraState, CapturePhase) for state in kind], ids=str)
def test_the_service_produces_it(state: StrEnum) -> None:
    """What only clients and the doctor know is never seen by anybody."""
    name = f"{type(state).__name__}.{state.name}"
    made = [path for path in (SOURCE / "service").rglob("*.py") if re.search(rf"\b{name}\b", path.read_text())]
    assert made, name


@pytest.mark.parametrize(("field", "kind"), [("camera.state", CameraState), ("live.state", LiveState)])
def test_the_documentation_lists_exactly_these(field: str, kind: type[StrEnum]) -> None:
    text = (ROOT / "docs/reference/websocket.md").read_text()
    (row,) = re.findall(rf"^\| `{re.escape(field)}` \| (.*) \|$", text, re.MULTILINE)
    assert set(re.findall("`([a-z]+)`", row)) == set(kind)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_has_a_text_for_each_and_for_no_other(language: str) -> None:
    texts = (SOURCE / f"web/i18n/{language}.js").read_text()
    translated = set(re.findall(r"operator\.state_([a-z]+)\"", texts))
    assert set(CameraState) | set(LiveState) <= translated
    assert translated <= {state for kind in KINDS for state in kind}
    live = set(re.findall(r"live\.camera_([a-z]+)\"", texts))
    assert live == set(CameraState) - {CameraState.READY, CameraState.CAPTURING}
