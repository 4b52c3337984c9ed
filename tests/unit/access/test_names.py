from __future__ import annotations

import pytest

from photonic.access.names import HostRule, host_name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost.:8000", "localhost"),
        ("[::1]:8000", "::1"),
        ("[::1]", "::1"),
        ("", None),
        ("a b", "a b"),
        ("user@127.0.0.1", None),
        ("127.0.0.1/path", None),
        ("127.0.0.1:port", None),
        ("[::1", None),
        ("127.0.0.1:99999", None),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("bound", "names", "host", "passes"),
    [
        ("127.0.0.1", (), "localhost:8000", True),
        ("127.0.0.1", (), "127.0.0.1", True),
        ("127.0.0.1", (), "127.0.0.2:1", True),
        ("127.0.0.1", (), "[::1]:8000", True),
        ("127.0.0.1", (), "evil.example", False),
        ("127.0.0.1", (), "127.0.0.1.evil.example", False),
        ("127.0.0.1", (), "localhost.evil.example", False),
        ("127.0.0.1", (), "192.168.1.5", False),
        ("127.0.0.1", (), None, False),
        ("127.0.0.1", ("booth.local",), "Booth.Local:8000", True),
        ("192.168.1.5", (), "192.168.1.5:8000", True),
        ("192.168.1.5", (), "192.168.1.6:8000", False),
        ("::", (), "[fe80::1]:8000", True),
        ("0.0.0.0", (), "10.1.2.3:8000", True),
        ("0.0.0.0", (), "evil.example", False),
        ("0.0.0.0", (), "0.0.0.0", True),
    ],
)
def test_hosts(bound: str, names: tuple[str, ...], host: str | None, passes: bool) -> None:
    assert (HostRule(bound, names).problem(host) is None) is passes


@pytest.mark.parametrize(
    ("bound", "host", "passes"),
    [
        ("0.0.0.0", "booth", True),
        ("0.0.0.0", "Booth.local:8000", True),
        ("0.0.0.0", "booth.evil.example", False),
        ("0.0.0.0", "other.local", False),
        ("127.0.0.1", "booth.local", False),
    ],
)
def test_the_names_of_the_machine(bound: str, host: str, passes: bool) -> None:
    assert (HostRule(bound, (), ("booth", "booth.local")).problem(host) is None) is passes


def test_the_refusal_names_the_setting() -> None:
    assert "allowed_hosts" in str(HostRule("127.0.0.1", ()).problem("evil.example"))
