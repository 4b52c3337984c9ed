"""Addresses of sources: parsing, refusals, and that no password is ever shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.model.camera_address import SourceAddress, SourceKind, is_source, redacted


@pytest.mark.parametrize(
    ("address", "kind", "place", "fps", "size"),
    [
        ("v4l2:/dev/video0", SourceKind.V4L2, "/dev/video0", None, None),
        ("v4l2:/dev/video0#size=640x480,fps=15", SourceKind.V4L2, "/dev/video0", 15.0, (640, 480)),
        ("url:http://u:p@h:81/a?b=c", SourceKind.URL, "http://u:p@h:81/a?b=c", None, None),
        ("url:https://[::1]/a#fps=0.5", SourceKind.URL, "https://[::1]/a", 0.5, None),
        ("file:/a #b/c.jpg", SourceKind.FILE, "/a #b/c.jpg", None, None),
        ("file:pictures#fps=2.5", SourceKind.FILE, "pictures", 2.5, None),
    ],
)
def test_what_an_address_holds(
    address: str, kind: SourceKind, place: str, fps: float | None, size: tuple[int, int] | None
) -> None:
    assert SourceAddress.parse(address) == SourceAddress(kind, place, fps, size)
    assert is_source(address)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("usb:1", "is not a device, URL or file"),
        ("v4l2", "is not a device, URL or file"),
        ("v4l2:", "use an address like v4l2:/dev/video0"),
        ("file:a\nb", "use an address like file:"),
        ("url:ftp://h/x", "not an http or https URL"),
        ("url:http://", "not an http or https URL"),
        ("url:http://h:99999/", "not an http or https URL"),
        ("url:http://[::1/", "not an http or https URL"),
        ("url:http://h/a b", "not an http or https URL"),
        ("file:/a#fps=0.1", "from 0.5 to 120"),
        ("file:/a#fps=1e9", "from 0.5 to 120"),
        ("file:/a#fps=", "from 0.5 to 120"),
        ("file:/a#size=640x480", "the options are fps"),
        ("v4l2:/dev/video0#size=0x480", "such as 1280x720"),
        ("v4l2:/dev/video0#size=99999x1", "such as 1280x720"),
        ("v4l2:/dev/video0#gain=3", "the options are fps, size"),
    ],
)
def test_invalid_addresses_are_refused_with_an_example(address: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        SourceAddress.parse(address)


_LETTERS = st.text(st.characters(codec="ascii", exclude_characters="?#"), max_size=12)


@given(_LETTERS, _LETTERS)
def test_no_password_is_shown_even_of_an_invalid_address(before: str, after: str) -> None:
    address = f"url:http://user:{before}geheim{after}@host/path?token=geheim"
    assert "geheim" not in redacted(address)
    try:
        SourceAddress.parse(address)
    except BadInput as error:
        assert "geheim" not in str(error)


def test_other_addresses_are_shown_as_they_are() -> None:
    assert redacted("usb:0123") == "usb:0123"
    assert redacted("file:/a@b?c") == "file:/a@b?c"
    assert redacted("url:http://h:81/a#fps=2") == "url:http://h:81/a"
