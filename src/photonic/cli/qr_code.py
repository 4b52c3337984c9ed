"""A QR code in a terminal: two modules of a column share one character, so that a phone's address fits 80 columns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

COLUMNS_LIMIT = 80
# White on black, whatever the colours of the terminal: a code with light and dark swapped is not read by every phone.
_BEGIN, _END = "\x1b[97;40m", "\x1b[0m"


def can_draw(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows block characters."""
    encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
    return stream.isatty() and encoding == "utf8"


def drawn(address: str) -> str | None:
    """The address as a QR code of block characters; ``None``: it is too long for ``COLUMNS_LIMIT`` columns."""
    from io import StringIO

    import segno

    code = segno.make(address, error="l", boost_error=False, micro=False)
    if code.symbol_size()[0] > COLUMNS_LIMIT:
        return None
    text = StringIO()
    code.terminal(text, compact=True)
    return "\n".join(f"{_BEGIN}{line}{_END}" for line in text.getvalue().splitlines())


def shown(address: str, stream: TextIO | None = None) -> str:
    """The address, below its QR code if the stream can show it; ``None``: stdout."""
    code = drawn(address) if can_draw(sys.stdout if stream is None else stream) else None
    return address if code is None else f"{code}\n{address}"
