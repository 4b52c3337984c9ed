"""What a setting of the service takes: the types of its fields, and what they refuse."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr
from pydantic_settings import NoDecode

from photonic.model.api import SessionId
from photonic.model.camera_address import SourceAddress, names_source
from photonic.model.operator import PIN_PATTERN
from photonic.service.photo.template import PhotoName
from photonic.worker.kinds import PATTERN

CAMERA_ADDRESSES = (
    "auto, usb:SERIAL, ptpip:HOST[:PORT], vusb:DIR, v4l2:/dev/video0, url:http://..., file:PATH "
    "or pattern:[fps=30,size=80000,...]"
)

# RFC 6750, 2.1: what a bearer token is made of. Safe in a cookie, too.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,256}=*")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/\s]+)(?::([0-9]{1,5}))?")


class CaptureTarget(StrEnum):
    """Where a still goes first: ``ram`` may lose a photo when the camera process dies."""

    CARD = "card"
    RAM = "ram"


class ImagePathForm(StrEnum):
    """How ``image_path`` stands in an answer; existing clients differ."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


class LogFormat(StrEnum):
    """One line an event: for people, or for machines."""

    CONSOLE = "console"
    JSON = "json"


def _camera_address(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if names_source(text):
        SourceAddress.parse(text)
        return text
    known = text == "auto" or (bool(colon) and (kind == PATTERN or (bool(rest) and kind in {"usb", "vusb"})))
    if kind == "ptpip" and (found := _HOST_AND_PORT.fullmatch(rest)) is not None:
        known = found[2] is None or 1 <= int(found[2]) <= 65535
    if not known:
        raise ValueError(f"{text!r} is no camera address: it takes {CAMERA_ADDRESSES}")
    return text


def _token(token: SecretStr) -> SecretStr:
    if _TOKEN.fullmatch(token.get_secret_value()) is None:
        raise ValueError("it takes 16-256 of letters, digits and . _ ~ + / -")
    return token


def _pin(pin: SecretStr) -> SecretStr:
    if re.fullmatch(PIN_PATTERN, pin.get_secret_value()) is None:
        raise ValueError("it takes 4-12 digits")
    return pin


def _pin_text(value: object) -> object:
    """A PIN that a file has as a number; its leading zeros are gone, which is why it is better quoted."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """A list as it is; a text as the comma-separated list that an environment variable can hold."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _photo_name(template: str) -> str:
    return str(PhotoName(template))


def _photo_root(path: Path) -> Path:
    """Made when it is missing, and waited for when it is not mounted; but a file will never do."""
    absolute = path.expanduser().absolute()
    if absolute.exists() and not absolute.is_dir():
        raise ValueError(f"{absolute} is a file: it takes a directory")
    return absolute


def default_photo_root() -> Path:
    """Where photos go that nobody has said a place for."""
    return platformdirs.user_pictures_path() / "photonic"


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
CameraAddress = Annotated[str, AfterValidator(_camera_address)]
PhotoNameTemplate = Annotated[str, AfterValidator(_photo_name)]
PhotoRootPath = Annotated[Path, AfterValidator(_photo_root)]
Token = Annotated[SecretStr, AfterValidator(_token)]
OperatorPin = Annotated[SecretStr, BeforeValidator(_pin_text), AfterValidator(_pin)]


class CameraTable(BaseModel):
    """One camera of several, by its name (``[cameras.NAME]``); what is ``None`` is as the service's setting says."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    address: CameraAddress
    capture_target: CaptureTarget | None = None
    retry_without_autofocus: bool | None = None
    delete_after_download: bool | None = None
    fetch_films: bool | None = None
    photo_name: PhotoNameTemplate | None = None
    body_session: SessionId | None = None
    profile: str | None = None


def _table(value: object) -> object:
    """A table as it is; a text as the address in one."""
    return {"address": value} if isinstance(value, str) else value


TableOrAddress = Annotated[CameraTable, BeforeValidator(_table)]
