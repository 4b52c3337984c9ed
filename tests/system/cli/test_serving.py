"""``photonic serve`` over TLS, on a Unix socket, and on sockets that stay open while the service restarts."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.support.certificate import IssuedCertificate
from tests.support.commands import ask, running
from tests.support.first_short import first_rows_short
from tests.support.waiting import until

from photonic.cli.outcome import ExitCode

PATTERN = ("--camera", "pattern:fps=20,size=40000")
ENDS_WITHIN_SECONDS = 30.0

PARENT = """
import os, sys
descriptor = int(sys.argv[1])
os.dup2(descriptor, 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "PYTHONUNBUFFERED": "1"}
os.execv(sys.executable, [sys.executable, "-m", "photonic.cli", "serve", *sys.argv[2:]])
"""
"""What systemd does: the socket as descriptor 3, and its number and this process in the environment."""


def test_an_own_authority_is_all_that_clients_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTONIC_STATE_FOLDER", str(tmp_path / "state"))
    with running("serve", *PATTERN, "--port", "0", "--photo-root", str(tmp_path), "--tls", "auto") as service:
        url = service.url()
        fingerprint = service.wait_for(r"SHA-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})")[1]
        assert url.startswith("https://")
        # Without the authority, nobody is believed.
        refused = ask("status", "--url", url)
        assert refused.returncode != ExitCode.DONE
        assert "certificate" in refused.stderr.lower()
        file = tmp_path / "authority.pem"
        file.write_bytes(httpx2.get(f"{url}/authority.pem", verify=False).content)
        assert file.read_bytes() == (tmp_path / "state" / "tls" / "authority.pem").read_bytes()
        assert fingerprint == fingerprint_of(file)
        status = json.loads(ask("status", "--url", url, "--json", "--ca", str(file)).stdout)
        assert status["camera"]["model"]
        # The environment does as well, for the stream and for the rest.
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        seen = ask("view", "--url", url, "--seconds", "2", "--json")
        assert seen.returncode == ExitCode.DONE, seen.stderr
        assert json.loads(seen.stdout.splitlines()[-1])["state"] == "live"
        capture = ask("capture", "--url", url)
        assert "a test pattern takes no photos" in capture.stderr
        service.send(signal.SIGTERM)
        assert service.exit_code() == ExitCode.DONE


def fingerprint_of(file: Path) -> str:
    """As OpenSSL's own tool would show it, from the file that a device gets."""
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@pytest.mark.parametrize(
    ("flags", "reason"),
    first_rows_short(
        [
            (("--tls-certificate", "missing.pem"), "tls_certificate needs tls_key"),
            (("--tls-certificate", "missing.pem", "--tls-key", "missing.key"), "cannot read"),
            (("--tls", "sometimes"), "auto"),
            (("--uds", "/missing/photonic.sock"), "create /missing"),
        ]
    ),
)
def test_what_cannot_be_served_is_one_line_and_exit_code_2(tmp_path: Path, flags: tuple[str, ...], reason: str) -> None:
    said = ask("serve", *PATTERN, "--port", "0", "--photo-root", str(tmp_path), *flags)
    assert said.returncode == ExitCode.BAD_INPUT
    assert reason in said.stderr
    assert len([line for line in said.stderr.splitlines() if "photonic:" in line]) == 1


def test_a_unix_socket_serves_a_proxy_on_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "photonic.sock"
    with running("serve", *PATTERN, "--uds", str(path), "--photo-root", str(tmp_path / "photos")) as service:
        service.wait_for(re.escape(f"unix:{path}") + " serves")
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path)), base_url="http://localhost") as client:
            assert client.get("/health").json()["status"] == "ok"
            # This user is the service's own: it may do everything.
            assert client.get("/api/v1/diagnosis/log").status_code == 200
            with client.stream("GET", "/api/v1/camera/liveview/stream.mjpg") as stream:
                assert any(b"image/jpeg" in piece for piece in stream.iter_bytes())
        again = ask("serve", *PATTERN, "--uds", str(path), "--photo-root", str(tmp_path / "other"))
        assert (again.returncode, "another process listens" in again.stderr) == (ExitCode.BAD_INPUT, True)
        service.send(signal.SIGTERM)
        assert service.exit_code() == ExitCode.DONE
    assert not path.exists()


class Client(threading.Thread):
    """Asks for the service's health again and again, on a connection of its own each time; gives up as soon as one is
    refused or cut."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._url = f"http://127.0.0.1:{port}/health"
        self._enough = threading.Event()
        self.answers = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        while not self._enough.is_set() and self.failure is None:
            try:
                httpx2.get(self._url, timeout=60).raise_for_status()
                self.answers += 1
            except httpx2.HTTPError as error:
                self.failure = error

    def end(self) -> None:
        self._enough.set()
        self.join(ENDS_WITHIN_SECONDS)


@pytest.mark.parametrize("pause_seconds", [0.5, pytest.param(20.0, marks=pytest.mark.long)])
def test_a_port_of_systemds_stays_open_over_a_restart(tmp_path: Path, pause_seconds: float) -> None:
    """Clients that give up when a port is closed for a few seconds do not notice: they only wait."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        clients = [Client(listener.getsockname()[1]) for _number in range(4)]
        arguments = (*PATTERN, "--log-level", "warning", "--photo-root", str(tmp_path))
        first = start(listener, *arguments)
        try:
            for client in clients:
                client.start()
            until(lambda: all(client.answers > 3 for client in clients))
            until(lambda: children(first.pid))
            assert "LISTEN_FDS" not in environment_of_children(first.pid)
            first.send_signal(signal.SIGTERM)
            first.wait(ENDS_WITHIN_SECONDS)
            for client in clients:
                client.answers = 0
            # Nobody is there: whoever connects now waits.
            threading.Event().wait(pause_seconds)
            assert [client.answers for client in clients] == [0] * 4
        finally:
            first.kill()
            first.wait()
        second = start(listener, *arguments)
        try:
            until(lambda: all(client.failure or client.answers > 20 for client in clients))
            for client in clients:
                client.end()
            assert [client.failure for client in clients] == [None] * 4
            second.send_signal(signal.SIGTERM)
            assert second.wait(ENDS_WITHIN_SECONDS) == 0
        finally:
            second.kill()
            second.wait()


def start(listener: socket.socket, *arguments: str) -> subprocess.Popen[bytes]:
    """A service as systemd starts it."""
    number = listener.fileno()
    return subprocess.Popen([sys.executable, "-c", PARENT, str(number), *arguments], pass_fds=(number,))


def children(pid: int) -> list[str]:
    """The children of a process."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def environment_of_children(pid: int) -> str:
    """The environments of a service's children."""
    return "".join(Path(f"/proc/{child}/environ").read_text() for child in children(pid))


def test_a_socket_of_systemds_that_reaches_further_than_host_is_refused(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        number = listener.fileno()
        said = subprocess.run(
            [sys.executable, "-c", PARENT, str(number), *PATTERN, "--photo-root", str(tmp_path)],
            pass_fds=(number,), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert said.returncode == ExitCode.BAD_INPUT
    assert "set host = '0.0.0.0'" in said.stderr


def test_certificates_are_files_of_the_settings(tmp_path: Path) -> None:
    issued = IssuedCertificate(tmp_path)
    files = ("--tls-certificate", str(issued.certificate), "--tls-key", str(issued.key))
    with running("serve", *PATTERN, "--port", "0", "--photo-root", str(tmp_path / "photos"), *files) as service:
        url = service.url()
        assert httpx2.get(f"{url}/health", verify=issued.trust).status_code == 200
        missing = httpx2.get(f"{url}/authority.pem", verify=issued.trust)
        assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
        assert os.environ.get("PHOTONIC_TLS") is None
