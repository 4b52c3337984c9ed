from __future__ import annotations

import pytest

from photonic.cli.camera_flags import camera_flags
from photonic.errors import BadInput


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ([], {}),
        (["usb:1"], {"camera": "usb:1"}),
        (["pattern:fps=30,size=8"], {"camera": "pattern:fps=30,size=8"}),
        (["a=pattern:fps=30"], {"cameras": {"a": "pattern:fps=30"}}),
        (["usb:1", "b=auto", "c=vusb:/x=y"], {"camera": "usb:1", "cameras": {"b": "auto", "c": "vusb:/x=y"}}),
        (["a b=usb:1"], {"cameras": {"a b": "usb:1"}}),
    ],
)
def test_an_address_is_the_camera_and_a_named_one_a_further_camera(given: list[str], flags: object) -> None:
    assert camera_flags(given) == flags


@pytest.mark.parametrize(
    ("given", "reason"),
    [(["usb:1", "usb:2"], "with several cameras, give each a name"), (["a=usb:1", "a=usb:2"], "given twice")],
)
def test_cameras_without_different_names_are_refused(given: list[str], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        camera_flags(given)
