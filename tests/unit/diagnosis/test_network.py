"""What answers at a camera's address when no camera does: on real sockets of this machine."""

from __future__ import annotations

import socket

import pytest

from photonic.diagnosis.network import DialResult, NetworkFacts, inspect_network


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_nobody_listens(free_port: int) -> None:
    assert inspect_network(f"ptpip:127.0.0.1:{free_port}") == NetworkFacts("127.0.0.1", free_port, DialResult.REFUSED)


def test_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert inspect_network(f"ptpip:127.0.0.1:{port}").answer is DialResult.OPEN


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), DialResult.NO_NAME),
        (TimeoutError("timed out"), DialResult.UNREACHABLE),
        (OSError(113, "No route to host"), DialResult.UNREACHABLE),
    ],
)
def test_what_a_failed_dial_means(error: OSError, answer: DialResult, monkeypatch: pytest.MonkeyPatch) -> None:
    def dial(*_arguments: object) -> socket.socket:
        raise error

    monkeypatch.setattr(socket, "create_connection", dial)
    assert inspect_network("ptpip:camera.lan") == NetworkFacts("camera.lan", 15740, answer)
