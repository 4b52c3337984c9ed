"""A service's own authority, installed in Chromium as its owner would do it."""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from pathlib import Path

WITHIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ChromiumTrust:
    """How a Chromium is started that trusts an authority: ``arguments``, and ``home``, its user's folder."""

    home: Path
    arguments: tuple[str, ...] = ()


def by_database(home: Path, authority: Path) -> ChromiumTrust:
    """In the NSS database of a user whose folder is ``home``. ``authority``: its PEM file. Needs certutil."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    certutil = ("certutil", "-d", f"sql:{database}")
    for step in (("-N", "--empty-password"), ("-A", "-n", "photonic", "-t", "C,,", "-i", str(authority))):
        subprocess.run([*certutil, *step], check=True, timeout=WITHIN_SECONDS, stdin=subprocess.DEVNULL)
    return ChromiumTrust(home)


def by_key(home: Path, authority: Path, port: int) -> ChromiumTrust:
    """By the key of the certificate that the service at ``port`` shows, once Python has verified its chain.

    Raises ``ssl.SSLCertVerificationError`` if the authority has not signed it for this address. Chromium then does not
    look at the chain. This is for machines without certutil.
    """
    trust = ssl.create_default_context(cafile=str(authority))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), timeout=WITHIN_SECONDS) as connection,
        trust.wrap_socket(connection, server_hostname="127.0.0.1") as client,
    ):
        shown = client.getpeercert(binary_form=True)
    assert shown is not None
    key = x509.load_der_x509_certificate(shown).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    home.mkdir(exist_ok=True)
    # Chromium heeds the list only with a folder for its profile, which Playwright gives it.
    return ChromiumTrust(home, (f"--ignore-certificate-errors-spki-list={b64encode(digest).decode()}",))


def has_certutil() -> bool:
    """Whether this machine can change NSS databases (Debian's libnss3-tools)."""
    return shutil.which("certutil") is not None
