"""Checks whether the service's port is free, and finds the program that holds it."""

from __future__ import annotations

import dataclasses
import errno
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, passed
from photonic.model.api import HealthAnswer
from photonic.worker.supervision.holders import PROC, Holder, holders

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK_SECONDS = 3.0
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
LISTENING = "0A"
"""The state of a listening socket in ``/proc/net/tcp`` (``include/net/tcp_states.h``)."""


@dataclass(frozen=True, slots=True)
class PortFacts:
    """The state of the port.

    ``problem``: ``errno`` (0: not an ``errno``) and text of the error when listening; ``None``: the port is free.
    ``taken_by``: the processes that listen on it, as far as the kernel shows them. ``photonic``: the version of the
    photonic service that answers there. ``tls``: whether the service is configured to speak TLS.
    """

    host: str
    port: int
    problem: tuple[int, str] | None = None
    taken_by: tuple[Holder, ...] = ()
    photonic: str | None = None
    tls: bool = False

    @property
    def url(self) -> str:
        """The address of the service, whether it is running or not."""
        bare = self.host.strip("[]")
        host = _WILDCARDS.get(bare, bare)
        scheme = "https" if self.tls else "http"
        return f"{scheme}://[{host}]:{self.port}" if ":" in host else f"{scheme}://{host}:{self.port}"


def inspect_port(host: str, port: int) -> PortFacts:
    """Bind the port briefly without listening; if it is in use, find out by which process."""
    try:
        # Resolved as the service does it, so that the result is the same.
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # A connection in TIME_WAIT does not block the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        return PortFacts(host, port, (0, error.strerror or str(error)))
    except OSError as error:
        taken_by = listeners(port) if error.errno == errno.EADDRINUSE else ()
        return PortFacts(host, port, (error.errno or 0, error.strerror or str(error)), taken_by)
    return PortFacts(host, port)


async def with_version(facts: PortFacts) -> PortFacts:
    """The same facts, with the version if a photonic service holds the port."""
    if facts.problem is None or facts.problem[0] != errno.EADDRINUSE:
        return facts
    try:
        # Nothing secret is sent, and the certificate is for other names than this address.
        async with httpx2.AsyncClient(timeout=ASK_SECONDS, trust_env=False, verify=False) as client:
            health = HealthAnswer.model_validate_json((await client.get(f"{facts.url}/health")).content)
    except (httpx2.HTTPError, ValueError):
        return facts  # another service, or one that does not answer
    return dataclasses.replace(facts, photonic=health.version)


def judge_port(facts: PortFacts) -> Finding:
    """Judge the port."""
    if facts.photonic is not None:
        return passed(Check.SERVICE_PORT, f"photonic {facts.photonic} is running at {facts.url}")
    if facts.problem is None:
        port = f"port {facts.port} of {facts.host} is free" if facts.port else "port 0: the service chooses a free port"
        return passed(Check.SERVICE_PORT, port)
    number, text = facts.problem
    what = f"cannot listen on {facts.host}:{facts.port}: {text}"
    why = "the service would not start"
    match number:
        case errno.EADDRINUSE if facts.taken_by:
            what = f"port {facts.port} is in use by {', '.join(map(str, facts.taken_by))}"
            why += "; alternatively, choose another port with --port"
            mend = " && ".join(dict.fromkeys(holder.remedy for holder in facts.taken_by))
        case errno.EADDRINUSE:
            why += "; a program of another user holds it"
            mend = f"sudo ss -ltnp 'sport = :{facts.port}'"
        case errno.EACCES:
            why += ": low ports are reserved for root; alternatively, choose a higher port with --port"
            mend = f"sudo sysctl -w net.ipv4.ip_unprivileged_port_start={facts.port}"
        case _:
            why += ": this machine does not have that address"
            mend = f"photonic serve --host 127.0.0.1 --port {facts.port}"
    return failed(Check.SERVICE_PORT, DoctorCode.SERVICE_PORT, what, why, mend)


def listeners(port: int, proc: Path = PROC) -> tuple[Holder, ...]:
    """This user's processes that listen on a TCP port."""
    inodes = set(_listening(proc / "net" / "tcp", port)) | set(_listening(proc / "net" / "tcp6", port))
    return holders([Path(f"socket:[{inode}]") for inode in inodes], proc) if inodes else ()


def _listening(table: Path, port: int) -> Iterator[str]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for fields in (line.split() for line in lines):
        if len(fields) > 9 and fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
            yield fields[9]
