"""Templates for the names of photos, such as ``{session}/{session}_{sequence:04d}``, checked when they are configured.

The camera determines the extension. A slash starts a folder below the requested one. Every possible name is valid on
all file systems that photos are copied to, and differs from photo to photo; a name that is taken gets a number.
"""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.sequence import SequenceKind

if TYPE_CHECKING:
    from photonic.model.api import CaptureRecord

DEFAULT = "{session}_{sequence}_{unix}"
"""Existing clients rely on this name of a photo that they request."""
SERIES = "{session}_{sequence:06d}_{unix}"
"""The default for series of photos: sorts by name in the order of capture. A series has at most 100,000 photos."""
_SINGLE = frozenset({"still", "bulb"})
BODY_SESSION = "body"
"""The default session of photos taken with the camera's own button."""
FIELDS = ("session", "sequence", "date", "unix", "camera", "kind", "id")
DATE = "%Y-%m-%d"
DATE_CODES = "YymdHMSj"
"""Years, months, days, hours, minutes, seconds, days of the year: digits in every locale."""
COMPONENT_LIMIT_BYTES = 200
"""Leaves room for a number and an extension within the 255 bytes that file systems allow."""
PATH_LIMIT_BYTES = 512

# FAT and Windows allow fewer characters than Linux; a dot could hide a folder or look like an extension.
_LITERAL = re.compile(r"[\w \-+,=@#()\[\]/]*")
_WIDTH = re.compile(r"0?[1-9][0-9]?d?|d?")
_WIDEST = 20
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = {"session": "s" * 64, "camera": "c" * 64, "kind": max(SequenceKind, key=len).value, "id": "f" * 32}
_LAST_NUMBER = 2**31 - 1


class PhotoName:
    """One template. Raises ``ValueError`` with the fault and the accepted form."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._series = PhotoName(SERIES) if template == DEFAULT else None
        try:
            self._parts = list(string.Formatter().parse(template))
        except ValueError as error:
            raise ValueError(f"{error}; write a field as {{session}} and a literal brace twice") from error
        for literal, field, spec, conversion in self._parts:
            _check_literal(literal)
            if field is not None:
                _check_field(field, spec or "", conversion)
        self._check_shape()
        self._check_tells_apart()

    def __str__(self) -> str:
        """The template."""
        return self._template

    def of(self, record: CaptureRecord, *, kind: str | None = None) -> PurePosixPath:
        """The path of a capture's files below the requested folder, without extension.

        Dates are in this machine's time zone: the time of acceptance or, for a photo from the camera's own button, of
        its import.

        Args:
            record: of the capture.
            kind: the kind of the capture that the photo was taken for, if it was imported later with its own record.
        """
        texts = {
            "session": record.session_id,
            "camera": _UNSAFE.sub("_", record.camera_id)[:64] or "camera",
            "kind": _UNSAFE.sub("_", record.kind),
            "id": record.id,
        }
        if self._series is not None and (kind or record.kind) not in _SINGLE:
            return self._series.of(record)
        return PurePosixPath(self._filled(texts, record.sequence_number, record.created_at))

    def _filled(self, texts: dict[str, str], number: int, moment: datetime) -> str:
        filled: list[str] = []
        for literal, field, spec, _conversion in self._parts:
            filled.append(literal)
            match field:
                case None:
                    pass
                case "sequence":
                    filled.append(format(number, spec or ""))
                case "unix":
                    filled.append(str(int(moment.timestamp())))
                case "date":
                    filled.append(moment.astimezone().strftime(spec or DATE))
                case _:
                    filled.append(texts[field])
        return "".join(filled)

    def _check_shape(self) -> None:
        longest = self._filled(_LONGEST, _LAST_NUMBER, datetime(2999, 12, 31, tzinfo=UTC))
        if len(longest.encode()) > PATH_LIMIT_BYTES:
            raise ValueError(f"it can grow longer than {PATH_LIMIT_BYTES} bytes")
        for component in longest.split("/"):
            if not component:
                raise ValueError("it has an empty folder or name: a slash needs text before and after it")
            if component != component.strip():
                raise ValueError(f"a folder or name begins or ends with a space: {component!r}")
            if len(component.encode()) > COMPONENT_LIMIT_BYTES:
                raise ValueError(f"a folder or name can grow longer than {COMPONENT_LIMIT_BYTES} bytes")

    def _check_tells_apart(self) -> None:
        fields = {field for _, field, _, _ in self._parts if field is not None}
        dates = "".join(spec or "" for _, field, spec, _ in self._parts if field == "date")
        to_the_second = (
            all(f"%{code}" in dates for code in "HMS")
            and ("%Y" in dates or "%y" in dates)
            and ("%j" in dates or ("%m" in dates and "%d" in dates))
        )
        if not (fields & {"id", "unix"} or {"session", "sequence"} <= fields or to_the_second):
            raise ValueError(
                "photos could get the same name: use {session} with {sequence}, or {unix}, or {id}, "
                "or a date to the second like {date:%Y%m%d-%H%M%S}"
            )


def _check_literal(text: str) -> None:
    if _LITERAL.fullmatch(text) is None:
        wrong = next(character for character in text if _LITERAL.fullmatch(character) is None)
        dotted = "the extension is the camera's own, and '..' would leave the folder"
        raise ValueError(f"it cannot contain {wrong!r}: {dotted if wrong == '.' else 'not every disk allows it'}")


def _check_field(field: str, spec: str, conversion: str | None) -> None:
    if field not in FIELDS:
        raise ValueError(f"{{{field}}} is not a field: use {', '.join(f'{{{name}}}' for name in FIELDS)}")
    if conversion is not None:
        raise ValueError(f"{{{field}!{conversion}}} has a conversion: fields cannot be converted")
    if field == "date":
        _check_date(spec)
    elif field == "sequence":
        if _WIDTH.fullmatch(spec) is None or int(spec.rstrip("d") or "0") > _WIDEST:
            raise ValueError(f"{{sequence:{spec}}} is not a number of digits: use {{sequence}} or {{sequence:04d}}")
    elif spec:
        raise ValueError(f"{{{field}:{spec}}} has a format: only sequence ({{sequence:04d}}) and date can have one")


def _check_date(spec: str) -> None:
    rest = re.sub(f"%[{DATE_CODES}]", "", spec)
    if "%" in rest:
        codes = ", ".join(f"%{code}" for code in DATE_CODES)
        raise ValueError(f"{{date:{spec}}} has an unknown code: use {codes}")
    _check_literal(rest)
