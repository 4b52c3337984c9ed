"""``--tls auto``: an authority made once, and a certificate from it that follows the machine's names and addresses.

In a folder of the state: ``authority.pem`` (devices install it), ``authority.key``, and a file with key and certificate
for each list of configured hosts (``service-....pem``), all but the first readable by their owner only. The authority
is replaced only if it cannot be used any longer: it ends, or the configuration names a host that it does not permit.
Devices then have to install the new one, so this is logged as a warning. Services that share the folder take turns
(flock(2)), and a new authority permits everything that the old one did.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from photonic.errors import BadInput
from photonic.serving.authority import Authority, create_authority, issue, key_pem, permitted, serves
from photonic.serving.host_names import is_dns_name, machine_addresses, machine_names, parse_address
from photonic.serving.tls_context import create_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Generator, Sequence
    from datetime import datetime
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping
    from photonic.serving.authority import CertificateSubjects
    from photonic.serving.host_names import Address

FOLDER = "tls"
AUTHORITY_FILE = "authority.pem"
AUTHORITY_KEY_FILE = "authority.key"
SERVICE_FILE = "service-{}.pem"

log = structlog.stdlib.get_logger(__name__)


class OwnCertificate:
    """See the module and ``Certificates``. Raises ``BadInput`` if the folder cannot be used.

    Args:
        state_folder: The folder of the service's state; created with mode 0700 if it is missing.
        hosts: Names and addresses of the service that the configuration adds.
        time: For the time of day.
        addresses: Returns the machine's addresses.
    """

    context: ssl.SSLContext

    def __init__(
        self,
        state_folder: Path,
        hosts: Sequence[str] = (),
        *,
        time: Timekeeping,
        addresses: Callable[[], Sequence[Address]] = machine_addresses,
    ) -> None:
        self._folder = state_folder / FOLDER
        self._hosts = tuple(host.lower().rstrip(".") for host in hosts)
        self._time = time
        self._addresses = addresses
        self._file = SERVICE_FILE.format(hashlib.sha256(",".join(sorted(self._hosts)).encode()).hexdigest()[:8])
        self._served: bytes | None = None
        try:
            state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._renew()
        except OSError as error:
            raise BadInput(
                f"cannot keep an authority in {self._folder}: {error.strerror}; choose another state_folder, or use "
                "tls_certificate and tls_key",
                field="state_folder",
            ) from error

    @property
    def authority(self) -> Authority:
        """The authority that signed the current certificate."""
        return self._authority

    @property
    def authority_pem(self) -> bytes | None:
        """See ``Certificates``."""
        return self._authority.pem

    def renew(self) -> None:
        """See ``Certificates``: makes a new one when names or addresses have changed, or when it nears its end."""
        try:
            self._renew()
        except (OSError, BadInput) as error:
            log.warning("certificate not renewed, the old one stays", reason=str(error))

    def _renew(self) -> None:
        now, identity = self._time.wall(), self._identity()
        with self._locked():
            self._authority = self._load_authority(identity, now)
            certificate = self._load_certificate()
            if certificate is None or not serves(certificate, self._authority, identity, now):
                self._write(self._file, issue(self._authority, identity, now))
                log.info("certificate made", names=identity.names, addresses=[str(one) for one in identity.addresses])
            path = self._folder / self._file
            if (served := path.read_bytes()) != self._served:
                self.context = create_context(path, path, now)
                self._served = served

    def _identity(self) -> CertificateSubjects:
        configured = [(host, parse_address(host)) for host in self._hosts]
        names = [host for host, address in configured if address is None and is_dns_name(host)]
        chosen = [address for _host, address in configured if address is not None]
        return permitted(("localhost", *machine_names(), *names), self._addresses(), chosen)

    def _load_authority(self, identity: CertificateSubjects, now: datetime) -> Authority:
        """The authority of the folder, or a new one in its place."""
        try:
            found = read_authority(self._folder.parent)
        except FileNotFoundError:
            found = None
        except ValueError as error:
            log.warning("authority cannot be read, a new one is made: install it on your devices", reason=str(error))
            found = None
        if found is not None and found.lasts(now) and found.permits(identity):
            return found
        made = create_authority(identity, socket.gethostname(), now, found)
        self._write(AUTHORITY_KEY_FILE, key_pem(made.key))
        self._write(AUTHORITY_FILE, made.pem, mode=0o644)
        tell = log.info if found is None else log.warning
        why = None if found is None else ("it has ended" if not found.lasts(now) else "it does not permit a new name")
        tell("authority made: install it on your devices", fingerprint=made.fingerprint, replaced_because=why)
        return made

    def _load_certificate(self) -> x509.Certificate | None:
        try:
            return x509.load_pem_x509_certificate((self._folder / self._file).read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    def _write(self, name: str, content: bytes, mode: int = 0o600) -> None:
        """Replace a file in one step; it never exists with another mode."""
        path = self._folder / name
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)

    @contextmanager
    def _locked(self) -> Generator[None]:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def read_authority(state_folder: Path) -> Authority:
    """The authority of a service.

    Raises:
        FileNotFoundError: There is none.
        ValueError: Its files are damaged, or do not belong together.
    """
    folder = state_folder / FOLDER
    certificate = x509.load_pem_x509_certificate((folder / AUTHORITY_FILE).read_bytes())
    key = serialization.load_pem_private_key((folder / AUTHORITY_KEY_FILE).read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the authority's key does not belong to its certificate")
    return Authority(certificate, key)
