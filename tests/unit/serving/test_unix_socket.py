"""Unix sockets: who may connect, and whose socket is replaced."""

from __future__ import annotations

import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from photonic.errors import BadInput
from photonic.serving import unix_socket
from photonic.serving.listening import listening, tune, url_of
from photonic.serving.unix_socket import bind_unix, bound_unix

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_service_and_its_group_may_connect_whatever_the_umask_is(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "photonic.sock"
    before = os.umask(umask)
    try:
        with bound_unix(path) as listener, socket.socket(socket.AF_UNIX) as client:
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            client.connect(str(path))
            assert url_of(listener, tls=True) == f"unix:{path}"
    finally:
        os.umask(before)
    assert not path.exists()


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "photonic.sock"
    bind_unix(path).close()
    assert path.is_socket()
    with bound_unix(path):
        assert path.is_socket()


def test_a_live_socket_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "photonic.sock"
    with bound_unix(path) as listener, socket.socket(socket.AF_UNIX) as client:
        made = path.stat().st_ino
        with pytest.raises(BadInput, match="another process listens"):
            bind_unix(path)
        assert path.stat().st_ino == made
        client.connect(str(path))
        listener.accept()[0].close()


def test_a_live_socket_with_a_full_queue_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "photonic.sock"
    with bound_unix(path) as listener:
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
            for client in (one, two):
                client.setblocking(False)
                client.connect_ex(str(path))
            with pytest.raises(BadInput, match="another process listens"):
                bind_unix(path)


def test_two_services_that_start_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photonic.sock"
    bind_unix(path).close()
    check = unix_socket._remove_stale
    refused: list[BadInput] = []

    def another_starts(stale: Path) -> None:
        monkeypatch.setattr(unix_socket, "_remove_stale", check)
        with pytest.raises(BadInput) as refusal:
            bind_unix(path)
        refused.append(refusal.value)
        check(stale)

    monkeypatch.setattr(unix_socket, "_remove_stale", another_starts)
    with bound_unix(path):
        assert "at this moment" in refused[0].reason


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"photo")
    with pytest.raises(BadInput, match="not a socket"):
        bind_unix(path)
    assert path.read_bytes() == b"photo"


def test_a_socket_that_has_been_replaced_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photonic.sock"
    with bound_unix(path) as listener:
        listener.close()
        other = bind_unix(path)
    with other:
        assert path.is_socket()


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_folder_that_everybody_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(BadInput, match="every user") as refused:
        bind_unix(folder / "photonic.sock")
    assert refused.value.field == "uds"


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.getuid() == 0:
        os.chown(tmp_path, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(BadInput, match="belongs to user"):
        bind_unix(tmp_path / "photonic.sock")


def test_what_cannot_be_a_path_of_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="longer than 107 bytes"):
        bind_unix(tmp_path / ("x" * 100))
    with pytest.raises(BadInput, match="create"):
        bind_unix(tmp_path / "missing" / "photonic.sock")


def test_no_option_of_tcp_is_set_on_it(tmp_path: Path) -> None:
    with bound_unix(tmp_path / "photonic.sock") as listener:
        tune(listener)
        assert not listener.getblocking()


def test_it_replaces_the_port(tmp_path: Path) -> None:
    with listening("127.0.0.1", 1, uds=tmp_path / "photonic.sock", environment={}) as listeners:
        assert [listener.family for listener in listeners] == [socket.AF_UNIX]
    assert not list(tmp_path.iterdir())
