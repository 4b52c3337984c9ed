"""The generated parts of the reference are what the code says today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripts import documents

from photonic.service.app import create_app
from photonic.service.config.settings import ServiceSettings
from photonic.service.http.routes.table import API

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", list(documents.PARTS))
def test_a_generated_part_is_up_to_date(name: str) -> None:
    path, _make = documents.PARTS[name]
    assert path.read_text() == documents.renewed(name), "run `make documents`"


def test_every_setting_has_a_meaning_and_every_meaning_a_setting() -> None:
    assert set(documents.MEANINGS) == set(ServiceSettings.model_fields)


def test_every_route_of_the_service_is_in_the_reference(tmp_path: Path) -> None:
    """Camera routes are listed once, without their prefix."""
    paths = create_app(ServiceSettings(photo_root=tmp_path), []).openapi()["paths"]
    text = (documents.REFERENCE / "http-api.md").read_text()
    for path in paths:
        if not path.startswith(f"{API}/cameras/"):
            shown = path.removeprefix(f"{API}/camera")
            assert f"{shown}`" in text, path
