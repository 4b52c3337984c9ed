"""The close codes with which ``photonic.live.v1`` refuses a viewer or ends its right.

The socket is accepted first: a browser tells its page the code and the reason of a close, but nothing about a handshake
that was refused. A socket of the compat API is refused before its handshake, with the HTTP status.
"""

from __future__ import annotations

import re
from enum import IntEnum

_SECONDS = re.compile(r"\b(\d{1,6}) ?s(?:ec(?:ond)?s?)?\b")


class LiveClose(IntEnum):
    """``SIGN_IN_NEEDED``: no right, or it has ended. ``NOT_ALLOWED``: the right is too small, or the page is foreign.

    ``TOO_MANY``: too many viewers; the reason says after how many seconds to try again.
    """

    SIGN_IN_NEEDED = 4401
    NOT_ALLOWED = 4403
    TOO_MANY = 4429


def seconds_in(reason: str) -> float | None:
    """How many seconds a close reason names ("try again in 5 s"); ``None``: it names none."""
    found = _SECONDS.findall(reason)
    return float(found[-1]) if found else None
