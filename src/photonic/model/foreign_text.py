"""Text from a camera: bytes of an encoding that nobody states, kept exactly and shown as far as they can be read.

A photographer's name in a body, a file name and a card's label are bytes. Most are ASCII or UTF-8; bodies that were
set up years ago hold Latin-1 or Shift JIS. The encoding is not guessed: a wrong guess would look right. Instead:

``decoded``/``encoded``
    Reversible, as Python treats file names (PEP 383): a byte that is no UTF-8 becomes a lone surrogate. Values are
    compared and written back in this form, so that writing one back leaves the camera's bytes as they were.
``shown``
    For people and for the wire, which are Unicode: each such byte becomes U+FFFD.
``name_of``/``raw_name``
    File and folder names, which come back from the service as the address of a file: reversible and valid Unicode.
    Such a byte becomes ``\\xdc``, and so does a backslash (``\\x5c``), which FAT and exFAT do not allow in a name.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNREADABLE = re.compile(r"[\udc80-\udcff\\]")
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


def decoded(raw: bytes) -> str:
    """Text that ``encoded`` turns back into the same bytes."""
    return raw.decode("utf-8", "surrogateescape")


def encoded(text: str) -> bytes:
    """The bytes of ``decoded`` text. Surrogates that stand for no byte become ``?``."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def shown(text: str) -> str:
    """The text with U+FFFD for what could not be read; valid Unicode."""
    return _SURROGATE.sub(REPLACEMENT, text)


def name_of(raw: bytes) -> str:
    """A file's or folder's name as valid Unicode that ``raw_name`` turns back into the same bytes."""
    return _UNREADABLE.sub(lambda found: f"\\x{encoded(found[0])[0]:02x}", decoded(raw))


def raw_name(name: str) -> bytes:
    """The bytes of a name that ``name_of`` made."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), encoded(name))
