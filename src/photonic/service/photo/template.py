"""Templates for photos' names: ``{session}/{session}_{sequence:04d}`` and the like, checked before any photo needs one.

The extension is the camera's. A slash begins a folder below that of the request. What a template can make is safe on
every file system that photos are copied to, and tells photos apart; a name that is taken all the same gets a number.
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
"""Existing clients count on this name of the photo that they ask for."""
SERIES = "{session}_{sequence:06d}_{unix}"
"""Where no template is set: photos of a series, which sort by name as they were taken. It takes 100,000 at the most."""
_SINGLE = frozenset({"still", "bulb"})
BODY_SESSION = "body"
"""The session of photos that nobody asked the service for, where no other is set."""
FIELDS = ("session", "sequence", "date", "unix", "camera", "kind", "id")
DATE = "%Y-%m-%d"
DATE_CODES = "YymdHMSj"
"""Years, months, days, hours, minutes, seconds, days of the year: digits in every locale."""
COMPONENT_LIMIT_BYTES = 200
"""What leaves room for a number and an extension below the 255 that file systems take."""
PATH_LIMIT_BYTES = 512

# FAT and Windows refuse more than Linux; a dot would hide a folder, or pass for an extension.
_LITERAL = re.compile(r"[\w \-+,=@#()\[\]/]*")
_WIDTH = re.compile(r"0?[1-9][0-9]?d?|d?")
_WIDEST = 20
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = {"session": "s" * 64, "camera": "c" * 64, "kind": max(SequenceKind, key=len).value, "id": "f" * 32}
_LAST_NUMBER = 2**31 - 1


class PhotoName:
    """One template. Raises ``ValueError`` saying what is wrong with it and what it takes."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._series = PhotoName(SERIES) if template == DEFAULT else None
        try:
            self._parts = list(string.Formatter().parse(template))
        except ValueError as error:
            raise ValueError(f"{error}; a field is {{session}}, a brace itself is doubled") from error
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
        """The place of a capture's files without extension, below the folder of its request.

        ``kind``: of the capture that it was taken for, where it came in later as one of its own.

        Dates are in this machine's time zone, and of the capture's acceptance (a photo of the body's own button: of its
        coming in).
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
                raise ValueError("it has an empty folder or name: a slash stands between two of them")
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
                "it does not tell photos apart: it takes {session} with {sequence}, or {unix}, or {id}, "
                "or a date to the second like {date:%Y%m%d-%H%M%S}"
            )


def _check_literal(text: str) -> None:
    if _LITERAL.fullmatch(text) is None:
        wrong = next(character for character in text if _LITERAL.fullmatch(character) is None)
        dotted = "the extension is the camera's, and '..' would leave the folder"
        raise ValueError(f"{wrong!r} cannot stand in it: {dotted if wrong == '.' else 'not every disk takes it'}")


def _check_field(field: str, spec: str, conversion: str | None) -> None:
    if field not in FIELDS:
        raise ValueError(f"{{{field}}} is none of its fields: it takes {', '.join(f'{{{name}}}' for name in FIELDS)}")
    if conversion is not None:
        raise ValueError(f"{{{field}!{conversion}}} has a conversion: a field takes none")
    if field == "date":
        _check_date(spec)
    elif field == "sequence":
        if _WIDTH.fullmatch(spec) is None or int(spec.rstrip("d") or "0") > _WIDEST:
            raise ValueError(f"{{sequence:{spec}}} is no number of digits: it takes {{sequence}} or {{sequence:04d}}")
    elif spec:
        raise ValueError(f"{{{field}:{spec}}} has a format: only {{sequence:04d}} and {{date:%Y%m%d}} take one")


def _check_date(spec: str) -> None:
    rest = re.sub(f"%[{DATE_CODES}]", "", spec)
    if "%" in rest:
        codes = ", ".join(f"%{code}" for code in DATE_CODES)
        raise ValueError(f"{{date:{spec}}} has an unknown code: it takes {codes}")
    _check_literal(rest)
