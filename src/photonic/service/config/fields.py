"""The types of the settings' fields, with their validation."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from photonic.access.forwarding import TrustedProxies
from photonic.access.origins import checked_origin
from photonic.access.permission import Role
from photonic.model.camera_address import SourceAddress, is_source
from photonic.model.operator import PIN_PATTERN
from photonic.service.photo.template import PhotoName
from photonic.worker.kinds import PATTERN

CONFIG_NAME = "photonic.toml"
MACHINE_CONFIG = Path("/etc/photonic") / CONFIG_NAME
CAMERA_ADDRESSES = (
    "auto, usb:SERIAL, usb:PORT, ptpip:HOST[:PORT], vusb:DIR, v4l2:/dev/video0, url:http://..., file:PATH "
    "or pattern:[fps=30,size=80000,...]"
)

# The characters of a bearer token (RFC 6750, 2.1), which are also safe in a cookie.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,256}=*")
# The unreserved characters of RFC 3986, and no dots alone, which browsers and proxies resolve.
_ROOT_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]{1,64}){1,8}")
OWN_PATHS = frozenset(
    {
        "api",
        "asyncapi.json",
        "authority.pem",
        "booth",
        "docs",
        "favicon.ico",
        "gallery",
        "health",
        "healthz",
        "livez",
        "metrics",
    }
    | {"openapi.json", "operator", "readyz", "sign-in", "sign-out", "snapshot", "snapshot.jpg", "static"}
    | {"stream", "stream.mjpg", "view"}
)
"""The first parts of the service's own paths: under such a prefix, a path could mean two things."""
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/\s]+)(?::([0-9]{1,5}))?")


class CaptureTarget(StrEnum):
    """Where the camera stores a photo first; with ``ram``, a photo is lost if the camera process dies."""

    CARD = "card"
    RAM = "ram"


class ImagePathForm(StrEnum):
    """The form of ``image_path`` in responses; existing clients expect one or the other."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


class LoopbackRole(StrEnum):
    """The role of programs on this machine."""

    OPERATOR = "operator"
    GUEST = "guest"
    VIEWER = "viewer"
    NONE = "none"

    @property
    def role(self) -> Role | None:
        """The role; ``None`` if they have none."""
        return None if self is LoopbackRole.NONE else Role(self.value)


class Tls(StrEnum):
    """Whether the service makes its own certificate; with ``auto``, an authority of its own signs it."""

    OFF = "off"
    AUTO = "auto"


class LogFormat(StrEnum):
    """The form of log lines: for people or for machines."""

    CONSOLE = "console"
    JSON = "json"


def _camera_address(text: str) -> str:
    kind, colon, rest = text.partition(":")
    if is_source(text):
        SourceAddress.parse(text)
        return text
    known = text == "auto" or (bool(colon) and (kind == PATTERN or (bool(rest) and kind in {"usb", "vusb"})))
    if kind == "ptpip" and (found := _HOST_AND_PORT.fullmatch(rest)) is not None:
        known = found[2] is None or 1 <= int(found[2]) <= 65535
    if not known:
        raise ValueError(f"{text!r} is not a camera address: use {CAMERA_ADDRESSES}")
    return text


def _token(token: SecretStr) -> SecretStr:
    if _TOKEN.fullmatch(token.get_secret_value()) is None:
        raise ValueError("must have 16 to 256 characters: letters, digits and . _ ~ + / -")
    return token


def _pin(pin: SecretStr) -> SecretStr:
    if re.fullmatch(PIN_PATTERN, pin.get_secret_value()) is None:
        raise ValueError("must have 4 to 12 digits")
    return pin


def _pin_text(value: object) -> object:
    """Accept a PIN written as a number in the file. A number loses its leading zeros, so quoting it is better."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(value: object) -> object:
    """Split a text at its commas: an environment variable cannot hold a list."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _photo_name(template: str) -> str:
    return str(PhotoName(template))


def _file_mode(mode: str) -> str:
    if re.fullmatch(r"0?[67][0-7]{2}", mode) is None:
        raise ValueError("must be the octal permissions of a file as text, such as 0640, with 6 or 7 for its owner")
    return mode


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _folder(path: Path) -> Path:
    """Make the path absolute. A missing directory is allowed: it is created later, or mounted."""
    absolute = _absolute(path)
    if absolute.exists() and not absolute.is_dir():
        raise ValueError(f"{absolute} is a file: a directory is required")
    return absolute


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(checked_origin(value) for value in values)


def _proxies(values: tuple[str, ...]) -> tuple[str, ...]:
    TrustedProxies.parse(values)
    return values


def _root_path(path: str) -> str:
    root = path.rstrip("/")
    if not root:
        return ""
    if _ROOT_PATH.fullmatch(root) is None:
        raise ValueError("write a path such as /booth1: letters, digits, - _ ~ and single dots after each slash")
    first = root.split("/")[1]
    if first in OWN_PATHS:
        raise ValueError(f"/{first} is an address of photonic itself: choose another prefix")
    return root


def default_state_folder() -> Path:
    """The state folder if none is configured."""
    return platformdirs.user_state_path("photonic")


def default_config_file() -> Path | None:
    """The configuration file if none is given: the user's, or else the machine's; ``None``: there is neither."""
    places = (platformdirs.user_config_path("photonic") / CONFIG_NAME, MACHINE_CONFIG)
    return next((place for place in places if place.exists()), None)


def default_photo_root() -> Path:
    """The photo root if none is configured."""
    return platformdirs.user_pictures_path() / "photonic"


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_origins)]
ProxyAddresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_proxies)]
RootPath = Annotated[str, AfterValidator(_root_path)]
CameraAddress = Annotated[str, AfterValidator(_camera_address)]
PhotoNameTemplate = Annotated[str, AfterValidator(_photo_name)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
FileMode = Annotated[str, AfterValidator(_file_mode)]
StateFolderPath = Annotated[Path, AfterValidator(_folder)]
PhotoRootPath = Annotated[Path, AfterValidator(_folder)]
SecondRootPath = AbsolutePath  # not looked at: it may be on a disk that hangs
Token = Annotated[SecretStr, AfterValidator(_token)]
OperatorPin = Annotated[SecretStr, BeforeValidator(_pin_text), AfterValidator(_pin)]
