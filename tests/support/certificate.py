"""Certificates for tests: an authority that nobody else trusts, and files of a service."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import trustme
from tests.support.surroundings import THIS_MACHINE

from photonic.serving.certificates import CertificateFiles

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

NAMES = ("127.0.0.1", "localhost")


class IssuedCertificate:
    """A service's certificate and key in a folder, and a client's context that trusts their authority."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "service.pem"
        self.key = folder / "service.key"
        self.authority = folder / "authority.pem"
        self.issuer = trustme.CA()
        self.issuer.cert_pem.write_to_path(str(self.authority))
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.trust.load_verify_locations(self.authority)
        self.replace()

    def replace(self, not_after: datetime | None = None) -> None:
        """Issue another certificate into the same files."""
        issued = self.issuer.issue_cert(*NAMES, not_after=not_after)
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())

    def certificates(self) -> CertificateFiles:
        """What the service uses."""
        return CertificateFiles(self.certificate, self.key, time=THIS_MACHINE.time)
