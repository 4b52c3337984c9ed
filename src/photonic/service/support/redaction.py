"""Removes secrets from everything that leaves the service: log lines, settings, the diagnosis bundle. No I/O.

It removes known secrets wherever they occur, and anything that looks like a secret: credentials in an address, a bearer
token, the value of a parameter or key with a name such as "password".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from pydantic import BaseModel, JsonValue, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HIDDEN = "[hidden]"
MIN_UNIQUE_DIGITS = 13
"""A number with at least this many digits is not confused with an unrelated number."""

# Repetitions are limited, so that the time for a log line is proportional to its length.
_NAMED = (
    r"(?:[\w.-]{0,40}(?:token|secret|passw(?:or)?d|passphrase|credentials?|signature|api[_-]?key|private[_-]?key"
    r"|authorization|cookie|bearer)[\w.-]{0,40}|(?:[\w.-]{0,40}[_.-])?pin)"
)
_SCHEME = r"[a-z][a-z0-9+.-]{0,20}://"
_KEY = re.compile(_NAMED, re.IGNORECASE)
# The path of a webhook's address is its secret (Slack, Discord, Home Assistant).
_HOOK_KEY = re.compile(r"hook", re.IGNORECASE)
_ADDRESS = re.compile(rf"({_SCHEME})(?:[^\s/?#\"'<>]*@)?([^\s/?#\"'<>]*)([^\s\"'<>]*)", re.IGNORECASE)
_CREDENTIALS = re.compile(rf"({_SCHEME})[^\s/?#\"'<>]*@", re.IGNORECASE)
_HOOK_ADDRESS = re.compile(r"(https?://[^\s/?#\"'<>]*)/(?=[^\s\"'<>]*hook)[^\s\"'<>]*", re.IGNORECASE)
_HOOK_HOST = re.compile(r"(https?://[^\s/?#\"'<>]*hook[^\s/?#\"'<>]*)/[^\s\"'<>]*", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer|basic|digest)(\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_QUOTED = re.compile(rf"([\"']?)\b({_NAMED})\1(\s{{0,3}}[:=]\s{{0,3}})([\"'])(?:\\.|(?!\4).)*\4", re.IGNORECASE)
_PARAMETER = re.compile(rf"\b({_NAMED})(=)(?![\"'])[^\s&;,\"'<>]+", re.IGNORECASE)


class Redactor:
    """Hides ``secrets`` and anything that looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
        # Longest first: one may begin with another. A PIN's digits may occur within other numbers by chance.
        forms = (
            rf"(?<!\d){re.escape(form)}(?!\d)"
            if form.isdecimal() and len(form) < MIN_UNIQUE_DIGITS
            else re.escape(form)
            for form in sorted(known, key=len, reverse=True)
        )
        self._known = re.compile("|".join(forms)) if known else None

    @classmethod
    def of(cls, settings: BaseModel) -> Redactor:
        """A redactor that knows every secret in these settings, at any depth."""
        return cls(_secrets(settings))

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = _CREDENTIALS.sub(rf"\1{HIDDEN}@", text)
        text = _HOOK_HOST.sub(rf"\1/{HIDDEN}", _HOOK_ADDRESS.sub(rf"\1/{HIDDEN}", text))
        text = _BEARER.sub(rf"\1\2{HIDDEN}", text)
        text = _QUOTED.sub(rf"\1\2\1\3\4{HIDDEN}\4", text)
        return _PARAMETER.sub(rf"\1\2{HIDDEN}", text)

    def value(self, value: JsonValue) -> JsonValue:
        """The same JSON without secrets in its strings and without the values of keys that name a secret."""
        return self._clean(value, hooked=False)

    def _clean(self, value: JsonValue, *, hooked: bool) -> JsonValue:
        match value:
            case dict():
                return {self.text(key): self._member(key, one, hooked=hooked) for key, one in value.items()}
            case list():
                return [self._clean(one, hooked=hooked) for one in value]
            case str():
                return self.text(_ADDRESS.sub(_host_only, value) if hooked else value)
            case _:
                return value

    def _member(self, key: str, value: JsonValue, *, hooked: bool) -> JsonValue:
        if _KEY.fullmatch(key) is not None and value is not None and not isinstance(value, bool):
            return HIDDEN
        return self._clean(value, hooked=hooked or _HOOK_KEY.search(key) is not None)


def _host_only(address: re.Match[str]) -> str:
    return f"{address[1]}{address[2]}/{HIDDEN}" if address[3] else f"{address[1]}{address[2]}"


def _secrets(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case dict():
            for one in cast("Mapping[object, object]", value).values():
                yield from _secrets(one)
        case list() | tuple() | set() | frozenset():
            for one in cast("Iterable[object]", value):
                yield from _secrets(one)
        case _:
            return
