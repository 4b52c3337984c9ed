from __future__ import annotations

import pytest
from starlette.requests import Request

from photonic.serving.public_address import NO_NETWORK, ONLY_LOOPBACK, PublicAddress, machine_address, public_address


def request(host: str, scheme: str = "http", root: str = "") -> Request:
    return Request(
        {"type": "http", "scheme": scheme, "root_path": root, "headers": [(b"host", host.encode())], "path": "/"}
    )


@pytest.mark.parametrize(
    ("asked", "bound", "found", "expected"),
    [
        (request("192.0.2.4:8000"), "0.0.0.0", None, PublicAddress("http://192.0.2.4:8000")),
        (request("booth.local", "https", "/booth1"), "127.0.0.1", None, PublicAddress("https://booth.local/booth1")),
        (request("localhost:8000"), "0.0.0.0", "192.0.2.9", PublicAddress("http://192.0.2.9:8000")),
        (request("127.0.0.1:8000"), "::", "2001:db8::9", PublicAddress("http://[2001:db8::9]:8000")),
        (request("[::1]"), "0.0.0.0", "192.0.2.9", PublicAddress("http://192.0.2.9")),
        (request("localhost:8000"), "0.0.0.0", None, PublicAddress("http://localhost:8000", NO_NETWORK)),
        (request("localhost:8000"), "127.0.0.1", "192.0.2.9", PublicAddress("http://localhost:8000", ONLY_LOOPBACK)),
    ],
)
def test_the_address_is_the_one_that_others_reach(
    asked: Request, bound: str, found: str | None, expected: PublicAddress
) -> None:
    assert public_address(asked, bound, lambda: found) == expected


def test_the_machines_own_address_is_not_loopback() -> None:
    address = machine_address()
    assert address is None or not address.startswith("127.")
