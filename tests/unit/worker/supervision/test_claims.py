from __future__ import annotations

import pytest

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.claims import Claims


def test_one_body_at_two_addresses_is_refused_until_the_first_lets_it_go() -> None:
    claims = Claims()
    claims.take("0012AB", "ptpip:127.0.0.1:1")
    claims.take("12ab", "ptpip:127.0.0.1:1")
    with pytest.raises(
        CameraError, match=r"ptpip:localhost:1 has the serial number 12ab of the one at ptpip:127"
    ) as no:
        claims.take("12ab", "ptpip:localhost:1")
    assert no.value.kind is FailureKind.BLOCKED
    claims.give_back("ptpip:localhost:1")
    with pytest.raises(CameraError):
        claims.take("12ab", "ptpip:localhost:1")
    claims.give_back("ptpip:127.0.0.1:1")
    claims.take("12ab", "ptpip:localhost:1")


def test_cameras_without_a_serial_number_are_not_one() -> None:
    claims = Claims()
    claims.take("", "v:1")
    claims.take("", "v:2")
