"""The service's port on real sockets: free, in use by a program that is named, or not permitted."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys

import pytest

from photonic.diagnosis.finding import DoctorCode, Outcome
from photonic.diagnosis.port import PortFacts, inspect_port, judge_port, listeners, with_version
from photonic.worker.supervision.holders import Holder

LISTENER = """
import socket, sys
taken = socket.create_server(("127.0.0.1", 0))
print(taken.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_a_free_port_passes_and_stays_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert judge_port(inspect_port("127.0.0.1", port)).outcome is Outcome.OK
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_who_listens_is_named(host: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        found = judge_port(inspect_port(host, port))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.SERVICE_PORT)
    assert f"process {process.pid}" in found.what
    assert found.mend == f"kill {process.pid}"
    assert listeners(port) == ()


@pytest.mark.parametrize(
    ("number", "taken_by", "mend"),
    [
        (errno.EADDRINUSE, (Holder(7, "nginx"),), "kill 7"),
        (errno.EADDRINUSE, (), "sudo ss -ltnp 'sport = :80'"),
        (errno.EACCES, (), "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80"),
        (errno.EADDRNOTAVAIL, (), "photonic serve --host 127.0.0.1 --port 80"),
        (0, (), "photonic serve --host 127.0.0.1 --port 80"),
    ],
)
def test_each_refusal_has_its_command(number: int, taken_by: tuple[Holder, ...], mend: str) -> None:
    found = judge_port(PortFacts("10.0.0.1", 80, (number, "why"), taken_by))
    assert (found.outcome, found.code, found.mend) == (Outcome.FAILED, DoctorCode.SERVICE_PORT, mend)


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    found = judge_port(inspect_port("192.0.2.1", 8000))
    assert found.code is DoctorCode.SERVICE_PORT
    assert "this machine does not have that address" in (found.why or "")


def test_a_name_that_is_not_known_is_no_address_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = judge_port(inspect_port("booth", 8000))
    assert (found.code, found.mend) == (DoctorCode.SERVICE_PORT, "photonic serve --host 127.0.0.1 --port 8000")
    assert "not known" in found.what


async def test_another_program_is_not_mistaken_for_photonic() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        facts = PortFacts("127.0.0.1", silent.getsockname()[1], (errno.EADDRINUSE, "in use"))
        silent.close()
        assert await with_version(facts) == facts


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"), ("[::1]", "http://[::1]:8000")],
)
def test_a_running_photonic_passes(host: str, url: str) -> None:
    found = judge_port(PortFacts(host, 8000, (errno.EADDRINUSE, "in use"), photonic="1.2"))
    assert found.outcome is Outcome.OK
    assert url in found.what
