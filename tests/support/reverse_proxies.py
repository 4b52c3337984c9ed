"""Debian's nginx and Caddy as child processes on the loopback, with the configurations that the documentation shows."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from tests.support.absent import program
from tests.support.stack import free_port
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
NAME = "booth.example"
"""The name that the documentation uses."""
SERVICE = "127.0.0.1:8000"
"""The address of the service that the documentation uses."""
STARTS_WITHIN_SECONDS = 20.0
ENDS_WITHIN_SECONDS = 10.0

# As root, nginx gives its workers to another user, who cannot reach the tests' Unix sockets.
NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""
CADDY = """
{{
	admin off
	default_bind 127.0.0.1
	servers {{
		protocols h1 h2
	}}
	auto_https disable_redirects
	local_certs
	skip_install_trust
	storage file_system {folder}/storage
	http_port {http_port}
	https_port {port}
}}
{site}
"""


@dataclass(frozen=True)
class RunningProxy:
    """A proxy that listens on 127.0.0.1; its own name is ``NAME``.

    Args:
        port: Its port.
        authority: The PEM file of the authority whose certificate it shows; ``None``: it speaks plain HTTP.
    """

    port: int
    authority: Path | None = None

    @property
    def scheme(self) -> str:
        """As it stands in its address."""
        return "https" if self.authority is not None else "http"

    @property
    def url(self) -> str:
        """Its address by its own name; ``arguments_to_resolve`` lets Chromium find it."""
        return f"{self.scheme}://{NAME}:{self.port}"

    @property
    def here(self) -> str:
        """Its address by number."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        """Trusts its authority."""
        return ssl.create_default_context(cafile=str(self.authority))


def documented(guide: str, title: str, language: str = "[a-z]*") -> str:
    """The first code block (in ``language``) under a heading of a how-to guide."""
    text = (HOW_TO / guide).read_text()
    _before, heading, section = text.partition(f"# {title}\n")
    section = section.partition("\n## ")[0]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert heading and found is not None, f"{guide} has no such code block under {title!r}"
    return found[1]


@contextmanager
def nginx(folder: Path, site: str, service: str) -> Generator[RunningProxy]:
    """nginx with a ``server`` block of the documentation.

    Args:
        folder: For its files.
        site: The block; its port, its certificate and the service's address are replaced.
        service: ``host:port`` of the service, or ``unix:/path``.
    """
    port = free_port()
    folder.mkdir(exist_ok=True)
    site, ports = re.subn(r"\blisten (?:80|443)\b", f"listen 127.0.0.1:{port}", site)
    assert ports == 1, "one listen directive for each server block"
    authority = None
    if "ssl_certificate" in site:
        authority, certificate, key = certificates(folder)
        site = re.sub(r"ssl_certificate .*;", f"ssl_certificate {certificate};", site)
        site = re.sub(r"ssl_certificate_key .*;", f"ssl_certificate_key {key};", site)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        NGINX.format(user="user root;" if os.geteuid() == 0 else "", folder=folder, site=_with_service(site, service))
    )
    command = [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(configuration)]
    with _running(command, folder, lambda: _listens(port)):
        yield RunningProxy(port, authority)


@contextmanager
def caddy(folder: Path, site: str, service: str) -> Generator[RunningProxy]:
    """Caddy with a site block of the documentation; its certificate is from an authority of its own.

    Args:
        folder: For its files.
        site: The block; the service's address is replaced.
        service: ``host:port`` of the service, or ``unix//path``.
    """
    port = free_port()
    folder.mkdir(exist_ok=True)
    configuration = folder / "Caddyfile"
    text = CADDY.format(folder=folder, site=_with_service(site, service), port=port, http_port=free_port())
    configuration.write_text(text)
    command = [program("caddy"), "run", "--config", str(configuration), "--adapter", "caddyfile"]
    authority = folder / "storage" / "pki" / "authorities" / "local" / "root.crt"
    with _running(command, folder, lambda: authority.exists() and _answers_tls(port, authority)):
        yield RunningProxy(port, authority)


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """The PEM files of an authority, and of a certificate for ``NAME`` and 127.0.0.1 with its key."""
    authority = trustme.CA()
    leaf = authority.issue_cert(NAME, "127.0.0.1")
    paths = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(str(paths[0]))
    for number, blob in enumerate(leaf.cert_chain_pems):
        blob.write_to_path(str(paths[1]), append=number > 0)
    leaf.private_key_pem.write_to_path(str(paths[2]))
    return paths


def arguments_to_resolve(*names: str) -> list[str]:
    """Chromium's argument to find these names on this machine."""
    return ["--host-resolver-rules=" + ", ".join(f"MAP {name} 127.0.0.1" for name in names)]


def _with_service(site: str, service: str) -> str:
    assert SERVICE in site, f"the documentation's address of the service is {SERVICE}"
    return site.replace(SERVICE, service)


@contextmanager
def _running(command: list[str], folder: Path, is_ready: Callable[[], bool]) -> Generator[None]:
    log = folder / "log"
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=environment
        )
    try:
        until(lambda: process.poll() is not None or is_ready(), STARTS_WITHIN_SECONDS, log.read_text)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN_SECONDS)
        finally:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _answers_tls(port: int, authority: Path) -> bool:
    """Whether it has its certificate already; the file of its authority may be there and still be empty."""
    try:
        context = ssl.create_default_context(cafile=str(authority))
        with (
            socket.create_connection(("127.0.0.1", port), timeout=1) as connection,
            context.wrap_socket(connection, server_hostname=NAME),
        ):
            return True
    except OSError:
        return False
