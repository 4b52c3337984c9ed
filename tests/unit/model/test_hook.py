"""The configuration of hooks and webhooks: what is accepted, and the messages for what is refused."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError
from tests.support.notifications import KEY, SECRET

from photonic.errors import BadInput
from photonic.model.hook import Hook, Webhook, key_of
from photonic.service.config.sources import read_settings


def messages(error: ValidationError) -> str:
    return "; ".join(str(one["msg"]) for one in error.errors())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"command": []}, "at least 1 item"),
        ({"command": "cp {path} /backup"}, "valid tuple"),
        ({"command": ["no-such-program-here"]}, "'no-such-program-here' not found or not executable for this user"),
        ({"command": ["/etc/passwd"]}, "not found or not executable for this user"),
        ({"command": ["{path}"]}, "the program itself must not contain fields"),
        ({"command": ["cp", "{file}"]}, "unknown field {file}; the fields are {path}, {paths}"),
        ({"command": ["cp", "{path!r}"]}, "unknown field"),
        ({"command": ["cp", "{path:>9}"]}, "unknown field"),
        ({"command": ["cp", "{path.parent}"]}, "unknown field"),
        ({"command": ["cp", "{"]}, "write a literal brace twice"),
        ({"command": ["cp", "all={paths}"]}, "becomes several arguments and must be an argument of its own"),
        ({"command": ["cp", "a\0b"]}, "must not contain a NUL character"),
        ({"command": ["cp"], "seconds": 0}, "greater than or equal to 0.1"),
        ({"command": ["cp"], "seconds": float("inf")}, "finite"),
        ({"command": ["cp"], "at_once": 0}, "greater than or equal to 1"),
        ({"command": ["cp"], "shell": True}, "not permitted"),
    ],
)
def test_an_invalid_hook_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Hook.model_validate(fields)
    assert why in messages(refused.value)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"url": "example.org/photos"}, "a URL like https://example.org/photos"),
        ({"url": "ftp://example.org"}, "a URL like"),
        ({"url": "http://"}, "a URL like"),
        ({"url": "http://[::1"}, "a URL like"),
        ({"url": "http://host:99999/"}, "a URL like"),
        ({"url": "http://host/a b"}, "a URL like"),
        ({"url": "http://user:password@host/"}, "must not contain a user and password"),
        ({"url": "http://host/", "secret": "open sesame"}, "whsec_ followed by base64"),
        ({"url": "http://host/", "secret": "whsec_MTIz"}, "24 to 64 bytes"),
        ({"url": "http://host/", "secret": "whsec_!"}, "24 to 64 bytes"),
        ({"url": "http://host/", "seconds": 61}, "less than or equal to 60"),
    ],
)
def test_an_invalid_webhook_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Webhook.model_validate(fields)
    assert why in messages(refused.value)
    assert "password@" not in str(refused.value)
    assert "sesame" not in str(refused.value)


def test_the_key_is_what_the_secret_encodes() -> None:
    webhook = Webhook.model_validate({"url": "https://example.org:8443/x?y=1", "secret": SECRET})
    assert webhook.secret is not None
    assert key_of(webhook.secret) == KEY
    assert key_of(SecretStr("WHSEC_" + SECRET[6:])) == b""


def test_the_service_names_the_table_and_the_key() -> None:
    with pytest.raises(BadInput) as refused:
        read_settings({"hooks": {"copy": {"command": ["cp", "{file}"]}}})
    assert refused.value.reason.startswith("hooks.copy.command.1: ")
    assert refused.value.field == "hooks"
    with pytest.raises(BadInput) as refused:
        read_settings({"webhooks": {"site": {"url": "https://u:sesame@host/"}}})
    assert refused.value.reason.startswith("webhooks.site.url: must not contain a user")
    assert "sesame" not in refused.value.reason
    with pytest.raises(BadInput, match="letters, digits"):
        read_settings({"hooks": {"a.b": {"command": ["true"]}}})
