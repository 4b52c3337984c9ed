"""The generated parts of the reference are what the code says today."""

from __future__ import annotations

import pytest

from scripts import documents


@pytest.mark.parametrize("name", list(documents.PARTS))
def test_a_generated_part_is_up_to_date(name: str) -> None:
    path, _make = documents.PARTS[name]
    assert path.read_text() == documents.renewed(name), "run `make documents`"


def test_every_setting_has_a_meaning_and_every_meaning_a_setting() -> None:
    assert set(documents.MEANINGS) == set(documents.ServiceSettings.model_fields)
