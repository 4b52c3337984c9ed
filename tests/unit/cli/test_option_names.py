from __future__ import annotations

import pytest

from photonic.cli.option_names import OPTIONS, in_options
from photonic.model.access import LinkRequest
from photonic.model.api import CaptureRequest
from photonic.model.sequence import SequenceRequest
from photonic.model.view_options import ViewOptions


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("end_at is before the first photo", "--until is before the first photo"),
        ("give delay_seconds or start_at, not both", "give --self-timer or start_at, not both"),
        ("ends_in_seconds must be 1-60 seconds", "--expires must be 1-60 seconds"),
        ("count: from 2 to 6 photos fit", "--count: from 2 to 6 photos fit"),
        ("vary: the aperture is no choice", "--vary: the aperture is no choice"),
        ("the count of stops: 3", "the count of stops: 3"),
        ("/photos/session_id/a.jpg is gone", "/photos/session_id/a.jpg is gone"),
    ],
)
def test_fields_become_options(reason: str, text: str) -> None:
    assert in_options(reason) == text


def test_every_name_is_a_field_of_a_request() -> None:
    fields = {
        name for shape in (CaptureRequest, LinkRequest, SequenceRequest, ViewOptions) for name in shape.model_fields
    }
    assert set(OPTIONS) <= fields
