"""From files to a TLS context: a certificate and its key, checked before they are used."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from cryptography import x509

from photonic.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def create_context(certificate: Path, key: Path, now: datetime) -> ssl.SSLContext:
    """A server's context with this certificate, which may be followed by those of intermediate authorities.

    Args:
        certificate: A PEM file: the certificate first, then the intermediate ones.
        key: A PEM file with the unencrypted key; may be the same file.
        now: The time, for the certificate's end.

    Raises:
        BadInput: A file cannot be read, they do not belong together, or the certificate has ended.
    """
    end = _end_of(certificate)
    if end <= now:
        raise BadInput(f"the certificate in {certificate} ended on {end:%Y-%m-%d}: renew it", field="tls_certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    # The service speaks HTTP/1.1 only; WebSocket handshakes are requests of HTTP/1.1.
    context.set_alpn_protocols(["http/1.1"])
    try:
        # OpenSSL would ask for a password on the terminal.
        context.load_cert_chain(certificate, key, password=_refuse_password)
    except (OSError, ValueError) as error:
        raise BadInput(_why(certificate, key, error), field="tls_key") from error
    return context


def _end_of(certificate: Path) -> datetime:
    """When the first certificate of the file ends."""
    try:
        return x509.load_pem_x509_certificates(certificate.read_bytes())[0].not_valid_after_utc
    except OSError as error:
        raise BadInput(f"cannot read {certificate}: {error.strerror}", field="tls_certificate") from error
    except ValueError as error:
        raise BadInput(f"{certificate} contains no certificate in PEM form", field="tls_certificate") from error


def _why(certificate: Path, key: Path, error: Exception) -> str:
    if isinstance(error, _Encrypted):
        return f"the key in {key} is encrypted: a service needs one without a password"
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    if reason == "KEY_VALUES_MISMATCH":
        return f"the key in {key} does not belong to the certificate in {certificate}"
    if reason is not None or isinstance(error, ssl.SSLError):
        return f"{key} contains no key in PEM form that TLS can use ({reason or error})"
    return f"cannot read {key}: {error}"


class _Encrypted(ValueError):
    """The key is encrypted."""


def _refuse_password() -> str:
    raise _Encrypted
