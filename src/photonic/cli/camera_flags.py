"""``--camera``: one address, or ``NAME=ADDRESS`` for each of several cameras."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

# An address may contain "=", but only after its colon.
_NAMED = re.compile(r"([^:=/]*)=(.*)", re.DOTALL)


def camera_flags(given: Iterable[str]) -> dict[str, Any]:
    """The settings ``camera`` and ``cameras`` from the values of ``--camera``. Raises ``BadInput``."""
    flags: dict[str, Any] = {}
    named: dict[str, str] = {}
    for text in given:
        found = _NAMED.fullmatch(text)
        if found is None:
            if "camera" in flags:
                raise BadInput(
                    f"--camera {flags['camera']} and --camera {text}: with several cameras, give each a name, "
                    "for example --camera left=usb:SERIAL",
                    field="camera",
                )
            flags["camera"] = text
        elif found[1] in named:
            raise BadInput(f"--camera {found[1]}= is given twice: each camera needs its own name", field="cameras")
        else:
            named[found[1]] = found[2]
    return flags | ({"cameras": named} if named else {})
