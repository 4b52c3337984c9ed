"""The classifier alone, with the library's code and context text for each entry of faults.md."""

from __future__ import annotations

import pytest

from photonic.drivers.gphoto2 import faults
from photonic.errors import FailureKind

KIND = FailureKind


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        pytest.param(-110, "", KIND.CAMERA_BUSY, id="busy"),
        pytest.param(-1, "get_viewfinder_image failed", KIND.CAMERA_FAULT, id="EOS viewfinder not ready"),
        pytest.param(-1, "Liveview cannot start: Battery exhausted", KIND.BATTERY_LOW, id="Nikon bit 8"),
        pytest.param(-1, "Liveview cannot start: Temperature too high", KIND.BLOCKED, id="Nikon bit 17"),
        pytest.param(
            -1,
            "Liveview cannot start: Recording destination card, but no card or card protected",
            KIND.NO_CARD,
            id="Nikon bit 14",
        ),
        pytest.param(-1, "Liveview cannot start: Card protected", KIND.NO_CARD, id="Nikon bit 18"),
        pytest.param(-1, "Liveview cannot start: Card error", KIND.NO_CARD, id="Nikon bit 19"),
        pytest.param(-1, "Liveview cannot start: Card unformatted", KIND.NO_CARD, id="Nikon bit 20"),
        pytest.param(-1, "Liveview cannot start: Pending unretrieved SDRAM image", KIND.BLOCKED, id="Nikon bit 12"),
        pytest.param(-1, "Liveview cannot start: TTL error", KIND.BLOCKED, id="Nikon bit 9"),
        pytest.param(-1, "Canon EOS Auto-Focus failed, could not capture.", KIND.AUTOFOCUS_FAILED, id="EOS autofocus"),
        pytest.param(
            -1, "Canon EOS Capture failed to release: Perhaps no focus?", KIND.AUTOFOCUS_FAILED, id="old EOS autofocus"
        ),
        pytest.param(-1, "Fuji Capture failed: Perhaps no auto-focus?", KIND.AUTOFOCUS_FAILED, id="Fuji autofocus"),
        pytest.param(-1, "Out of Focus", KIND.AUTOFOCUS_FAILED, id="Nikon autofocus"),
        pytest.param(-1, "", KIND.CAMERA_FAULT, id="no reason"),
        pytest.param(-2, "", KIND.CAMERA_FAULT, id="bad parameters"),
        pytest.param(-3, "", KIND.CAMERA_STORAGE_FULL, id="card full"),
        pytest.param(
            -1,
            "Canon EOS Full-Press failed (0x200c: PTP Store Full)",
            KIND.CAMERA_STORAGE_FULL,
            id="card full, 0x200C",
        ),
        pytest.param(
            -3,
            "Canon EOS Capture failed to release: Card read-only?",
            KIND.NO_CARD,
            id="card read-only",
        ),
        pytest.param(
            -1,
            "Canon EOS Full-Press failed (0x200e: PTP Store Read Only)",
            KIND.NO_CARD,
            id="card read-only, 0x200E",
        ),
        pytest.param(-6, "", KIND.NOT_SUPPORTED, id="no live view"),
        pytest.param(-7, "", KIND.CAMERA_FAULT, id="I/O"),
        pytest.param(-10, "", KIND.TIMEOUT, id="timeout"),
        pytest.param(-52, "", KIND.CAMERA_ABSENT, id="unplugged"),
        pytest.param(-53, "", KIND.BLOCKED, id="claimed by another"),
        pytest.param(-105, "", KIND.CAMERA_ABSENT, id="asleep or off"),
        pytest.param(-115, "", KIND.CAMERA_STORAGE_FULL, id="no space"),
        pytest.param(-999, "", KIND.CAMERA_FAULT, id="a code from the future"),
    ],
)
def test_code_and_text_give_the_kind(code: int, text: str, kind: FailureKind) -> None:
    error = faults.classify(code, [text], "capture")
    assert error.kind is kind
    assert error.code == code


def test_the_reason_quotes_the_library_and_names_the_call() -> None:
    error = faults.classify(-1, ["Liveview cannot start: TTL error."], "preview")
    assert '"Liveview cannot start: TTL error"' in error.reason
    assert "preview" in error.reason


def test_a_claimed_camera_comes_with_the_command_that_frees_it() -> None:
    assert "gio mount -s gphoto2" in faults.classify(-53, [], "init").reason


@pytest.mark.parametrize("code", [-1, -2, -3, -6, -110])
def test_after_a_no_the_connection_is_good(code: int) -> None:
    assert faults.connection_good(faults.classify(code, [], "x"))


@pytest.mark.parametrize("code", [-7, -10, -31, -34, -35, -52, -53, -105])
def test_after_a_broken_exchange_it_is_not(code: int) -> None:
    assert not faults.connection_good(faults.classify(code, [], "x"))
