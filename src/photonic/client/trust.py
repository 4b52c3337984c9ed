"""Whose certificates a client accepts over TLS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from photonic.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


def trusting(authority: Path | None) -> ssl.SSLContext | None:
    """A context that accepts certificates of one authority, in addition to those that this machine trusts.

    Those are OpenSSL's: of the system, or of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``.

    Args:
        authority: A PEM file, such as a service's ``/authority.pem``; ``None``: no other authority is accepted.

    Returns:
        The context, for ``CameraClient`` and ``LiveView``; ``None`` if ``authority`` is ``None``.

    Raises:
        BadInput: The file cannot be read, or contains no certificate.
    """
    if authority is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=authority)
    except ssl.SSLError as error:
        raise BadInput(f"{authority} contains no certificate in PEM form", field="ca") from error
    except OSError as error:
        raise BadInput(f"cannot read {authority}: {error.strerror}", field="ca") from error
    return context


def trust_of(url: str, given: ssl.SSLContext | None) -> ssl.SSLContext | None:
    """The context for connections to ``url``: the one that is given, or this machine's; ``None``: it is not TLS."""
    if not url.startswith("https:"):
        return None
    return given or ssl.create_default_context()
