"""What a capture has set, in a file: it outlives the process, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photonic.drivers.gphoto2.loan import Loan
from photonic.model.foreign_text import decoded

if TYPE_CHECKING:
    from pathlib import Path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=9), st.binary(max_size=40).map(decoded), max_size=4))
def test_any_text_of_a_camera_is_owed_as_it_was(tmp_path: Path, back: dict[str, str]) -> None:
    Loan(tmp_path / "borrowed.json", "42").take(back)
    assert Loan(tmp_path / "borrowed.json", "42").owed() == back
    assert Loan(tmp_path / "borrowed.json", "43").owed() == {}


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"[]", b"{}", b'{"serial": 1, "back": {}}', b'{"serial": "42", "back": {"a": 1}}', b"[" * 9999],
)
def test_a_file_that_is_none_owes_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "borrowed.json").write_bytes(data)
    assert Loan(tmp_path / "borrowed.json", "42").owed() == {}
