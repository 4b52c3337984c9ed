"""Records how a camera describes itself, without personal fields.

Theory of operation. What is personal is found by its name (owner, artist, copyright, serial number, network names and
the like). Each value that was found is then replaced wherever it occurs, in any letter case, also without leading
zeros: in other settings, in choices, in the log. What remains of file names, network addresses, mail addresses and long
numbers is replaced by its shape. Labels of cards are not recorded at all.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from photonic.diagnosis.child import output_of
from photonic.errors import CameraError
from photonic.model.body_description import BodyDescription, RecordedFrom
from photonic.worker.kinds import GPHOTO2

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RECORD_SECONDS = 180.0
REPLACED = "(replaced)"
SHORTEST_VALUE = 2
"""A single character occurs everywhere, and says nothing."""

SHORTEST_PART = 5

_PERSONAL = re.compile(
    r"serial|owner|artist|author|copyright|creator|credit|nickname|comment|caption|title|name$|friendlyname|syncpartner"
    r"|ssid|wlan|wifi|network|ipaddress|macaddress|bluetooth|gps|ftp|user|password|passphrase|email|phone|address|guid"
)
_NOT_PERSONAL = frozenset({"lensname"})
_FILE_TYPES = "jpe?g|cr[23w]|crm|nef|nrw|arw|raf|rw2|orf|dng|pef|hif|heic|mov|mp4|tiff?"
_FILE_NAME = re.compile(rf"\b[\w-]{{1,32}}\.(?:{_FILE_TYPES})\b", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(?<![0-9a-fA-Fx])[0-9]{9,}(?![0-9a-fA-F])")
_LONG_HEX = re.compile(r"\b[0-9a-fA-F]{16,}\b")
_NETWORK = re.compile(r"\b(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2})\b")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_CLOCK = re.compile(r"\b[0-9]{8}T[0-9]{6}\b")
_SHAPES = (
    (_CLOCK, "(time)"),
    (_FILE_NAME, "(file)"),
    (_MAIL, REPLACED),
    (_NETWORK, "(address)"),
    (_LONG_HEX, "(number)"),
)


async def record_body(address: str, source: RecordedFrom, version: str, *, capture: bool) -> BodyDescription:
    """Record the camera at ``address`` in a process of its own; ``capture``: take one photo to time it.

    Args:
        address: The camera.
        source: Where the description comes from.
        version: The version of photonic.
        capture: Whether the owner agrees to a photo.

    Raises:
        CameraError: The camera cannot be opened, or hangs.
    """
    output = await output_of(
        f"{GPHOTO2}.recording", RECORD_SECONDS, arguments=(address, *(["--capture"] if capture else []))
    )
    try:
        return described(json.loads(output), source, version)
    except (ValueError, KeyError, TypeError) as error:
        what = error.errors()[0]["loc"] if isinstance(error, ValidationError) else error
        raise CameraError(f"the camera's description could not be read: {what}") from error


def described(facts: Mapping[str, Any], source: RecordedFrom, version: str) -> BodyDescription:
    """The description without personal fields. Raises ``ValueError`` for facts that do not fit."""
    plain = {name: value for name, value in facts.items() if name != "serials"}
    plain["settings"] = [_without_value(one) for one in facts["settings"]]
    clean = _replaced(plain, _Personal(personal_values(facts)))
    return BodyDescription.model_validate({**clean, "recorded_from": source, "photonic": version})


def personal_values(facts: Mapping[str, Any]) -> set[str]:
    """The values that must not occur in a description."""
    found = {str(serial) for serial in facts["serials"]}
    found |= {one["value"] for one in facts["settings"] if _is_personal(one)}
    found |= {serial.lstrip("0") for serial in found}
    return {value.strip() for value in found if len(value.strip()) >= SHORTEST_VALUE}


def _is_personal(setting: Mapping[str, Any]) -> bool:
    name = re.sub(r"[^a-z]", "", setting["path"].rpartition("/")[2].casefold())
    label = re.sub(r"[^a-z]", "", setting["label"].casefold())
    if name in _NOT_PERSONAL:
        return False
    return setting["kind"] in {"text", "date"} and bool(_PERSONAL.search(name) or _PERSONAL.search(label))


def _without_value(setting: Mapping[str, Any]) -> dict[str, Any]:
    if setting["kind"] == "date":
        return {**setting, "value": ""}  # the camera's clock tells where on the earth it is set
    return {**setting, "value": REPLACED} if _is_personal(setting) and setting["value"] else dict(setting)


class _Personal:
    """Replaces personal values and shapes in a text."""

    def __init__(self, values: Iterable[str]) -> None:
        patterns = [_pattern(value) for value in sorted(values, key=len, reverse=True)]
        self._values = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def clean(self, text: str) -> str:
        """The text without them."""
        if text == REPLACED:
            return text
        if self._values is not None:
            text = self._values.sub(REPLACED, text)
        for shape, name in _SHAPES:
            text = shape.sub(name, text)
        return _LONG_NUMBER.sub("(number)", text)


def _pattern(value: str) -> str:
    """A short value is replaced only where it is a word: it may be a part of many."""
    escaped = re.escape(value)
    return escaped if len(value) >= SHORTEST_PART else rf"(?<!\w){escaped}(?!\w)"


def _replaced(value: Any, personal: _Personal) -> Any:
    if isinstance(value, str):
        # Half a surrogate pair cannot be written to a file.
        return personal.clean(value).encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _replaced(one, personal) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [_replaced(one, personal) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value
