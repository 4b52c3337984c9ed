"""The service's port: free, or in whose hands."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from photonic.diagnosis.finding import Check, DoctorCode, Finding, failed, well
from photonic.worker.holders import PROC, Holder, holders

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK_SECONDS = 3.0
LISTENING = "0A"
"""The state of a listening socket in ``/proc/net/tcp`` (``include/net/tcp_states.h``)."""


@dataclass(frozen=True, slots=True)
class PortFacts:
    """``problem``: why it cannot be listened on; ``taken_by``: who listens there, as far as the kernel shows it;
    ``photonic``: the version of the photonic service that answers there; ``ready``: what its ``/readyz`` says is in the
    way, empty when nothing is."""

    host: str
    port: int
    problem: str | None = None
    taken_by: tuple[Holder, ...] = ()
    photonic: str | None = None
    ready: str | None = None

    @property
    def url(self) -> str:
        """Where the service is, or would be."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"


async def look_at_port(host: str, port: int) -> PortFacts:
    """Try to listen on it for a moment; where somebody does, ask who it is."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the service does: a connection that lingers is no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host.strip("[]"), port))
    except OSError as error:
        facts = PortFacts(host, port, error.strerror or str(error))
        if error.errno != errno.EADDRINUSE:
            return facts
        return await _asked(facts)
    return PortFacts(host, port)


def judge_port(facts: PortFacts) -> Finding:
    """What follows from it."""
    if facts.photonic is not None:
        return well(Check.SERVICE_PORT, f"photonic {facts.photonic} is running at {facts.url}")
    if facts.problem is None:
        return well(Check.SERVICE_PORT, f"port {facts.port} of {facts.host} is free")
    if facts.taken_by:
        who = ", ".join(map(str, facts.taken_by))
        return failed(
            Check.SERVICE_PORT,
            DoctorCode.SERVICE_PORT,
            f"port {facts.port} is taken by {who}",
            "photonic cannot be reached there",
            f"photonic serve --port 0 (takes any free one; or: kill {facts.taken_by[0].pid})",
        )
    return failed(
        Check.SERVICE_PORT,
        DoctorCode.SERVICE_PORT,
        f"{facts.host}:{facts.port} cannot be listened on: {facts.problem}",
        "photonic cannot be reached there",
        f"sudo ss -ltnp 'sport = :{facts.port}' (shows who has it), or: photonic serve --port 0",
    )


def listeners(port: int, proc: Path = PROC) -> tuple[Holder, ...]:
    """Who listens on a TCP port, of this user's processes."""
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


async def _asked(facts: PortFacts) -> PortFacts:
    version: str | None = None
    ready: str | None = None
    try:
        async with httpx2.AsyncClient(base_url=facts.url, timeout=ASK_SECONDS) as client:
            health = (await client.get("/health")).json()
            version = str(health["version"]) if health.get("status") == "ok" else None
            answer = await client.get("/readyz")
            ready = "" if answer.is_success else str(answer.json().get("detail", answer.text))
    except (httpx2.HTTPError, ValueError, KeyError, AttributeError, TypeError):
        pass  # somebody else's service, or one that does not answer
    return PortFacts(facts.host, facts.port, facts.problem, listeners(facts.port), version, ready)
