"""The service's port on real sockets: free, taken by a program that is named, not ours to have."""

from __future__ import annotations

import socket
import subprocess
import sys

from photonic.diagnosis.finding import DoctorCode, Outcome
from photonic.diagnosis.port import PortFacts, judge_port, listeners, look_at_port

LISTENER = """
import socket, sys
taken = socket.create_server(("127.0.0.1", 0))
print(taken.getsockname()[1], flush=True)
sys.stdin.read()
"""


async def test_a_free_port_is_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert judge_port(await look_at_port("127.0.0.1", port)).outcome is Outcome.OK


def test_who_listens_is_named() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert [holder.pid for holder in listeners(port)] == [process.pid]
        found = judge_port(PortFacts("127.0.0.1", port, "Address already in use", listeners(port)))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.SERVICE_PORT)
    assert f"process {process.pid}" in found.what
    assert listeners(port) == ()


async def test_a_port_that_is_taken_by_a_program_that_does_not_answer_is_a_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(0)
        facts = PortFacts("127.0.0.1", taken.getsockname()[1], "Address already in use")
        found = judge_port(facts)
    assert found.code is DoctorCode.SERVICE_PORT
    assert "ss -ltnp" in (found.mend or "")


async def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    found = judge_port(await look_at_port("192.0.2.1", 8000))
    assert found.code is DoctorCode.SERVICE_PORT


def test_a_running_photonic_is_well() -> None:
    found = judge_port(PortFacts("0.0.0.0", 8000, "Address already in use", photonic="1.2", ready=""))
    assert found.outcome is Outcome.OK
    assert "http://127.0.0.1:8000" in found.what
