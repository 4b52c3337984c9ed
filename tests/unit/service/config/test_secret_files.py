"""Tokens and PINs in files, as ``LoadCredential`` provides them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput
from photonic.service.config.sources import read_settings

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "sixteen-letters-and-more"


def test_secrets_are_read_from_files_without_their_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "pin").write_text("0012\n")
    (tmp_path / "photonic.toml").write_text(f'operator_pin_file = "{tmp_path}/pin"\n')
    monkeypatch.setenv("PHOTONIC_TOKEN_FILE", str(tmp_path / "token"))
    settings = read_settings({"host": "0.0.0.0"}, tmp_path / "photonic.toml")
    assert settings.token is not None
    assert settings.token.get_secret_value() == TOKEN
    assert settings.operator_pin is not None
    assert settings.operator_pin.get_secret_value() == "0012"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe" * 40, "not a text file"),
        (b"short", "16 to 256"),
        (b"x" * 10_000, "16 to 256"),
    ],
)
def test_a_file_without_a_usable_secret_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read_settings({"token_file": tmp_path / "token"})


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_TOKEN", TOKEN)
    with pytest.raises(BadInput, match="token and token_file are both set"):
        read_settings({"token_file": tmp_path / "token"})
