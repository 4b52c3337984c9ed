from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from photonic.service.support.redaction import HIDDEN, Redactor

TOKEN = "Tok3n/of+this.service=="


class Inner(BaseModel):
    key: SecretStr = SecretStr("inner-most-secret")


class Settings(BaseModel):
    token: SecretStr | None = SecretStr(TOKEN)
    pin: SecretStr = SecretStr("2468")
    tables: dict[str, Inner] = {"one": Inner()}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET /x?token=abc123&camera=1", "abc123"),
        ("GET /x?expires=1&signature=deadbeef", "deadbeef"),
        ("opening ftp://anna:pa55@nas.local/photos", "pa55"),
        ("opening https://anna@nas.local/photos", "anna"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("header 'authorization': 'Basic YTpi'", "YTpi"),
        ('{"password": "ho\\"t", "b": 1}', "ho"),
        ("Cookie: photonic_token=abcdefgh; theme=dark", "abcdefgh"),
        ("operator_pin=1357", "1357"),
        ("posting to https://hooks.example.com/services/T0/B0/xyz failed", "xyz"),
        ("posting to http://ha.local:8123/api/webhook/xyz failed", "xyz"),
        (f"the service said {TOKEN} to somebody", TOKEN),
        ("the service said Tok3n%2Fof%2Bthis.service%3D%3D to somebody", "Tok3n"),
        ("the PIN was 2468.", "2468"),
        ("it holds inner-most-secret", "inner-most"),
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(text: str, secret: str) -> None:
    clean = Redactor.of(Settings()).text(text)
    assert secret not in clean
    assert HIDDEN in clean


@pytest.mark.parametrize(
    "text",
    [
        "camera 12468000 of 24680 frames",
        "http://192.168.0.7:8000/api/v1/camera/capture?wait_rev=7",
        "a basic thing; the token is needed",
        "capture c-1 saved to photos/x_1.jpg",
        "spinning=3 shopping=4",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert Redactor.of(Settings()).text(text) == text


def test_what_stands_under_a_key_that_names_a_secret_goes() -> None:
    reported = Redactor().value(
        {
            "token": "abc",
            "api_key": 12,
            "camera_password": ["a", "b"],
            "pin_set": True,
            "operator_pin": None,
            "webhooks": [{"url": "https://anna:x@chat.example/a/b?c=d", "events": ["saved"]}],
            "photo_root": "/photos",
        }
    )
    assert reported == {
        "token": HIDDEN,
        "api_key": HIDDEN,
        "camera_password": HIDDEN,
        "pin_set": True,
        "operator_pin": None,
        "webhooks": [{"url": f"https://chat.example/{HIDDEN}", "events": ["saved"]}],
        "photo_root": "/photos",
    }


@settings(max_examples=40)
@given(st.text(), st.text(), st.text(alphabet="abcXYZ0189._~+/-", min_size=16, max_size=40))
def test_a_known_secret_never_stays(before: str, after: str, secret: str) -> None:
    redactor = Redactor([secret])
    assert secret not in redactor.text(before + secret + after)
    assert secret not in json.dumps(redactor.value({before: [after + secret, {secret: 1}]}))


@pytest.mark.parametrize("piece", ["a.", "a-a_", "token", "http://", "'token':'", "x@"])
def test_a_hostile_line_costs_little(piece: str) -> None:
    text = piece * (8000 // len(piece))
    assert isinstance(Redactor(["another-secret-of-us"]).text(text), str)
