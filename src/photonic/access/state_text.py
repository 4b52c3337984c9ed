"""The JSON text of the tables: field types with bounds, and a reader that refuses what does not fit.

Files of the state folder can be damaged, edited by hand, or restored from another machine. Every field has a type and a
bound, unknown fields are refused, and so is a text that is too long. A table reads all of it or nothing.

Times are running seconds (decision 0035). A power cut can set them back by up to an hour, and a new journal sets them
back to zero. A right must not last longer for it, so a table's text contains the moment at which it was written
(``saved_at``), and ``moved_back`` corrects its times when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_TEXT = 4_000_000
"""Characters; a thousand entries need about a tenth of it."""
LONGEST_SECONDS = 1e12

Seconds = Annotated[float, msgspec.Meta(ge=-LONGEST_SECONDS, le=LONGEST_SECONDS)]
"""A moment in running time, or a span; JSON has no NaN."""
Span = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_SECONDS)]
"""A duration in seconds."""
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256 or HMAC-SHA256 in hexadecimal digits."""
PublicId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
"""A value of ``credentials.new_id``."""
EntryName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
"""A name as in ``model.name``."""
ShortText = Annotated[str, msgspec.Meta(max_length=200)]

_Content = TypeVar("_Content")


def read(text: str, content: type[_Content], *, file: str, remedy: str) -> _Content:
    """Return the content of a table's text.

    Args:
        text: JSON.
        content: A ``msgspec.Struct``.
        file: The file's name, for the error.
        remedy: What the reader of the error can do, as a sentence without its end.

    Raises:
        BadInput: The text does not fit; it names the file, the place and the remedy.
    """
    if len(text) > LONGEST_TEXT:
        raise damaged(file, f"longer than {LONGEST_TEXT} characters", remedy)
    try:
        return msgspec.json.decode(text.encode(), type=content)
    except UnicodeError as error:
        raise damaged(file, "not UTF-8", remedy) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # Of the content, these errors quote only a wrong role.
        raise damaged(file, str(error)[:200], remedy) from error


def damaged(file: str, reason: str, remedy: str) -> BadInput:
    """Return the error for a text that does not fit: the file, the place in it, and what to do."""
    return BadInput(f"{file} is damaged ({reason}): {remedy}", field=file)


def write(content: msgspec.Struct) -> str:
    """Return the JSON text of a table's content, indented for people."""
    return msgspec.json.format(msgspec.json.encode(content), indent=1).decode() + "\n"


def moved_back(saved_at: float, now: float) -> Callable[[float], float]:
    """Return what moves times that were written at ``saved_at``, so that none of them is later than it should be."""
    seconds = min(0.0, now - saved_at)
    return lambda at: max(at + seconds, -LONGEST_SECONDS)


def shortened(text: str, length: int = 200) -> str:
    """Text of a browser without control characters and lone surrogates, and not longer than ``length``."""
    return "".join(each if each.isprintable() else "?" for each in text[:length])
