"""Listening sockets of a port, and those that systemd passes."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.absent import absent

from photonic.errors import BadInput
from photonic.serving import activation
from photonic.serving.listening import bind, listening, tune, url_of

if TYPE_CHECKING:
    from collections.abc import Generator


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with bind("127.0.0.1", 0) as taken, pytest.raises(BadInput, match="--port") as refused:
        bind("127.0.0.1", taken.getsockname()[1])
    assert refused.value.field == "port"
    assert "\n" not in refused.value.reason


def test_a_host_that_is_not_ours_is_said_to_be() -> None:
    with pytest.raises(BadInput) as refused:
        bind("192.0.2.1", 0)
    assert "192.0.2.1" in refused.value.reason


@pytest.mark.parametrize(("tls", "scheme"), [(False, "http"), (True, "https")])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "0.0.0.0"])
def test_the_address_is_one_to_type(host: str, tls: bool, scheme: str) -> None:
    try:
        listener = bind(host, 0)
    except BadInput:
        absent("this machine has no IPv6")
    with listener:
        name = "[::1]" if ":" in listener.getsockname()[0] else "127.0.0.1"
        assert url_of(listener, tls=tls) == f"{scheme}://{name}:{listener.getsockname()[1]}"


def opened_by_systemd() -> socket.socket:
    """A listening socket as systemd opens it: without our options."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


@pytest.mark.parametrize("make", [lambda: bind("127.0.0.1", 0), opened_by_systemd])
def test_accepted_connections_hold_little(make: type[socket.socket]) -> None:
    with make() as listener, socket.create_connection(listener.getsockname()) as client:
        tune(listener)
        listener.setblocking(True)
        accepted, _address = listener.accept()
        with accepted, socket.create_connection(listener.getsockname()), listener.accept()[0] as second:
            assert client.getpeername() == accepted.getsockname()
            # The first connection came before our options where systemd opened the socket.
            assert second.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * 128 * 1024
            assert second.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 16 * 1024
            assert second.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) > 0


@contextmanager
def passed(monkeypatch: pytest.MonkeyPatch, *sockets: socket.socket) -> Generator[dict[str, str]]:
    """The sockets as systemd passes them, at descriptors that this process happens to have free."""
    first = 700
    for index, one in enumerate(sockets):
        os.dup2(one.fileno(), first + index)
    monkeypatch.setattr(activation, "FIRST_DESCRIPTOR", first)
    yield {"LISTEN_FDS": str(len(sockets)), "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": "web", "LANG": "C"}


def test_sockets_of_systemd_replace_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened_by_systemd() as one, opened_by_systemd() as two, passed(monkeypatch, one, two) as environment:
        with listening("192.0.2.1", 1, uds=None, environment=environment) as listeners:
            assert [one.getsockname(), two.getsockname()] == [listener.getsockname() for listener in listeners]
            assert not any(os.get_inheritable(listener.fileno()) for listener in listeners)
            assert listeners[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 16 * 1024
        # Ours are closed; those of systemd still listen.
        assert [listener.fileno() for listener in listeners] == [-1, -1]
        socket.create_connection(one.getsockname()).close()
        assert environment == {"LANG": "C"}


def test_a_socket_for_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"LISTEN_FDS": "1", "LISTEN_PID": "1"}
    with listening("127.0.0.1", 0, uds=None, environment=environment) as listeners:
        assert listeners[0].getsockname()[0] == "127.0.0.1"
    assert environment == {}


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_what_is_no_listening_socket_is_refused(monkeypatch: pytest.MonkeyPatch, kind: socket.SocketKind) -> None:
    with (
        opened_by_systemd() as good,
        socket.socket(type=kind) as deaf,
        passed(monkeypatch, good, deaf) as environment,
        pytest.raises(BadInput, match=r"descriptor 701.*Accept=no"),
        listening("::", 0, uds=None, environment=environment),
    ):
        pass


@pytest.mark.parametrize("count", ["", "-1", "65", "x", "\u0663"])
def test_a_number_of_sockets_that_is_none_is_refused(count: str) -> None:
    environment = {"LISTEN_FDS": count, "LISTEN_PID": str(os.getpid())}
    with pytest.raises(BadInput, match="LISTEN_FDS"), listening("::", 0, uds=None, environment=environment):
        pass
