"""What is told of each photo, and to whom: commands of this machine, and addresses on the network."""

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

FIELDS = ("path", "paths", "session", "sequence", "camera", "capture_id", "photo_id", "event")
SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
# Standard Webhooks: from 24 to 64 bytes.
_SECRET_BYTES = range(24, 65)
_TEXT = re.compile(r"[^\0]*")


class PhotoEvent(StrEnum):
    """What happened; the second is a file of a shot that came after its others."""

    SAVED = "photo.saved"
    EXTENDED = "photo.extended"


def fields_of(argument: str) -> list[tuple[str, str | None]]:
    """An argument's parts, each a text and the field after it. Raises ``ValueError`` for what is no template."""
    try:
        parts = list(string.Formatter().parse(argument))
    except ValueError as error:
        raise ValueError(f"{argument!r}: {error}; a brace itself is doubled") from error
    for _text, field, spec, conversion in parts:
        if field is not None and (field not in FIELDS or spec or conversion):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise ValueError(f"{argument!r}: {{{field}}} is none of its fields, as they stand here: {known}")
    return [(text, field) for text, field, _spec, _conversion in parts]


def _argument(argument: str) -> str:
    if _TEXT.fullmatch(argument) is None:
        raise ValueError("an argument holds no NUL character")
    if any(field == "paths" for _text, field in fields_of(argument)) and argument != "{paths}":
        raise ValueError(f"{argument!r}: {{paths}} stands for several arguments, and so alone")
    return argument


def _command(command: tuple[str, ...]) -> tuple[str, ...]:
    if fields_of(command[0]) != [(command[0], None)]:
        raise ValueError(f"{command[0]!r}: the program itself has no fields")
    if shutil.which(command[0]) is None:
        raise ValueError(f"{command[0]!r} is no program that this user may run: give its whole path, or install it")
    return command


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known, parts = False, None
    if not known or parts is None or any(character <= " " or character == "\x7f" for character in url):
        raise ValueError("it takes an address like https://example.org/photos")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it takes no user and password: set a secret, by which the receiver knows who sends")
    return url


def _secret(secret: SecretStr) -> SecretStr:
    if len(key_of(secret)) not in _SECRET_BYTES:
        raise ValueError(f"it takes {SECRET_PREFIX} and base64 of 24 to 64 bytes, as Standard Webhooks has it")
    return secret


def key_of(secret: SecretStr) -> bytes:
    """The key in a secret; empty where there is none."""
    prefix, _, encoded = secret.get_secret_value().partition("_")
    try:
        return base64.b64decode(encoded, validate=True) if f"{prefix}_" == SECRET_PREFIX else b""
    except binascii.Error:
        return b""


class Hook(BaseModel):
    """A command that is run for each photo; ``seconds`` is its time limit, ``at_once`` how many may run."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    command: Annotated[
        tuple[Annotated[str, Field(max_length=4096), AfterValidator(_argument)], ...],
        Field(min_length=1, max_length=64),
        AfterValidator(_command),
    ]
    seconds: float = Field(default=30.0, ge=0.1, le=3600.0, allow_inf_nan=False)
    at_once: int = Field(default=2, ge=1, le=16)


class Webhook(BaseModel):
    """An address that each photo's record is sent to; ``seconds`` is the time limit of one try.

    ``secret``: what the request is signed with, ``None``: it is not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, Field(max_length=2048), AfterValidator(_address)]
    secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    seconds: float = Field(default=10.0, ge=0.1, le=60.0, allow_inf_nan=False)


class TargetHealth(BaseModel):
    """How one hook or webhook is doing; the counts are since the start of the service.

    ``waiting``: photos that it was not told of yet. ``failing``: why the last one could not be told, ``None`` when it
    could. ``next_try_seconds``: until a webhook that does not answer is tried again.
    """

    name: str
    waiting: int = 0
    delivered: int = 0
    failed: int = 0
    failing: str | None = None
    failed_at: datetime | None = None
    next_try_seconds: float | None = None
