"""Text from a camera: bytes in an unknown encoding, kept exactly and displayed as far as they are readable.

The owner's name, file names and card labels are bytes. Most are ASCII or UTF-8; cameras that were set up years ago may
use Latin-1 or Shift JIS. The encoding is not guessed: a wrong guess would look right. Instead:

``decoded``/``encoded``
    Reversible, as Python treats file names (PEP 383): a byte that is not UTF-8 becomes a lone surrogate. Values are
    compared and written back in this form, so that writing a value back does not change the camera's bytes.
``shown``
    For people and for the API, as valid Unicode: each such byte becomes U+FFFD.
``name_of``/``raw_name``
    For file and folder names, which the service sends back to address a file: reversible, and valid Unicode.
    Such a byte becomes ``\\xdc``, and so does a backslash (``\\x5c``), which FAT and exFAT do not allow in a name.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNREADABLE = re.compile(r"[\udc80-\udcff\\]")
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


def decoded(raw: bytes) -> str:
    """Decode to text that ``encoded`` converts back to the same bytes."""
    return raw.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """Convert ``decoded`` text back to bytes. A surrogate that represents no byte becomes ``?``."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def shown(text: str) -> str:
    """The text as valid Unicode, with U+FFFD for each unreadable byte."""
    return _SURROGATE.sub(REPLACEMENT, text)


def name_of(raw: bytes) -> str:
    """Convert a file or folder name to valid Unicode that ``raw_name`` converts back to the same bytes."""
    return _UNREADABLE.sub(lambda found: f"\\x{encoded(found[0])[0]:02x}", decoded(raw))


def raw_name(name: str) -> bytes:
    """Convert a name from ``name_of`` back to bytes."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), encoded(name))
