"""Targets that are notified of each photo: commands on this machine, and URLs on the network."""

from __future__ import annotations

import base64
import binascii
import re
import shutil
import string
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

FIELDS = ("path", "paths", "session", "sequence", "camera", "capture_id", "photo_id", "sha256", "event")
SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, not a secret
# Standard Webhooks: from 24 to 64 bytes.
_SECRET_BYTES = range(24, 65)
_TEXT = re.compile(r"[^\0]*")


class PhotoEvent(StrEnum):
    """What happened to a photo; ``EXTENDED``: another file of it came later."""

    SAVED = "photo.saved"
    EXTENDED = "photo.extended"


def fields_of(argument: str) -> list[tuple[str, str | None]]:
    """An argument's parts, each a text and the field after it. Raises ``ValueError`` for an invalid template."""
    try:
        parts = list(string.Formatter().parse(argument))
    except ValueError as error:
        raise ValueError(f"{argument!r}: {error}; write a literal brace twice") from error
    for _text, field, spec, conversion in parts:
        if field is not None and (field not in FIELDS or spec or conversion):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise ValueError(f"{argument!r}: unknown field {{{field}}}; the fields are {known}")
    return [(text, field) for text, field, _spec, _conversion in parts]


def _argument(argument: str) -> str:
    if _TEXT.fullmatch(argument) is None:
        raise ValueError("an argument must not contain a NUL character")
    if any(field == "paths" for _text, field in fields_of(argument)) and argument != "{paths}":
        raise ValueError(f"{argument!r}: {{paths}} becomes several arguments and must be an argument of its own")
    return argument


def _command(command: tuple[str, ...]) -> tuple[str, ...]:
    if fields_of(command[0]) != [(command[0], None)]:
        raise ValueError(f"{command[0]!r}: the program itself must not contain fields")
    if shutil.which(command[0]) is None:
        raise ValueError(f"{command[0]!r} not found or not executable for this user: give its full path, or install it")
    return command


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known, parts = False, None
    if not known or parts is None or any(character <= " " or character == "\x7f" for character in url):
        raise ValueError("must be a URL like https://example.org/photos")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "must not contain a user and password: set a secret instead, so that the receiver can verify the sender"
        )
    return url


def _secret(secret: SecretStr) -> SecretStr:
    if len(key_of(secret)) not in _SECRET_BYTES:
        raise ValueError(f"must be {SECRET_PREFIX} followed by base64 of 24 to 64 bytes (Standard Webhooks)")
    return secret


def key_of(secret: SecretStr) -> bytes:
    """The key in a secret; empty when it is malformed."""
    prefix, _, encoded = secret.get_secret_value().partition("_")
    try:
        return base64.b64decode(encoded, validate=True) if f"{prefix}_" == SECRET_PREFIX else b""
    except binascii.Error:
        return b""


class Hook(BaseModel):
    """A command that runs for each photo; ``seconds``: its time limit, ``at_once``: how many may run together."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    command: Annotated[
        tuple[Annotated[str, Field(max_length=4096), AfterValidator(_argument)], ...],
        Field(min_length=1, max_length=64),
        AfterValidator(_command),
    ]
    seconds: float = Field(default=30.0, ge=0.1, le=3600.0, allow_inf_nan=False)
    at_once: int = Field(default=2, ge=1, le=16)


class Webhook(BaseModel):
    """A URL that each photo's record is sent to; ``seconds``: the time limit of one try.

    ``secret``: signs the requests; ``None``: they are not signed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, Field(max_length=2048), AfterValidator(_address)]
    secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    seconds: float = Field(default=10.0, ge=0.1, le=60.0, allow_inf_nan=False)


class TargetHealth(BaseModel):
    """The health of one hook or webhook; counts since the start of the service.

    ``waiting``: notifications not delivered yet. ``failing``: why the last delivery failed, ``None`` when it did not.
    ``next_try_seconds``: until the next try, during a pause after a failure.
    """

    name: str
    waiting: int = 0
    delivered: int = 0
    failed: int = 0
    failing: str | None = None
    failed_at: datetime | None = None
    next_try_seconds: float | None = None
