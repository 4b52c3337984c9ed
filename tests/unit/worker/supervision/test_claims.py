from __future__ import annotations

import pytest

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.claims import Claims


def test_one_body_at_two_addresses_is_refused_until_the_first_releases_it() -> None:
    claims = Claims()
    claims.claim("0012AB", "ptpip:127.0.0.1:1")
    claims.claim("12ab", "ptpip:127.0.0.1:1")
    with pytest.raises(
        CameraError, match=r"ptpip:localhost:1 has the same serial number \(12ab\) as the camera at ptpip:127"
    ) as no:
        claims.claim("12ab", "ptpip:localhost:1")
    assert no.value.kind is FailureKind.BLOCKED
    claims.release("ptpip:localhost:1")
    with pytest.raises(CameraError):
        claims.claim("12ab", "ptpip:localhost:1")
    claims.release("ptpip:127.0.0.1:1")
    claims.claim("12ab", "ptpip:localhost:1")


def test_cameras_without_a_serial_number_are_different_cameras() -> None:
    claims = Claims()
    claims.claim("", "v:1")
    claims.claim("", "v:2")
