"""The certificate of a running service: from files that someone else renews, or from an authority of its own.

New connections always get the current one, so a renewal needs no restart. A renewal that cannot be used changes
nothing: the service keeps the certificate that it has, and logs why.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from photonic.errors import BadInput
from photonic.serving.tls_context import create_context

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping

CHECK_EVERY_SECONDS = 10.0

Stamp = tuple[tuple[int, int, int], ...]

log = structlog.stdlib.get_logger(__name__)


class Certificates(Protocol):
    """Where the certificate comes from."""

    @property
    def context(self) -> ssl.SSLContext:
        """The TLS context for a connection that begins now."""
        ...

    @property
    def authority_pem(self) -> bytes | None:
        """The authority's certificate, for devices to install; ``None``: somebody else's authority signed it."""
        ...

    def renew(self) -> None:
        """Take up a new certificate if there is one, or if one is due. Blocks; never raises for a bad one."""
        ...


class CertificateFiles:
    """A certificate and a key in files. Raises ``BadInput`` if they cannot be used at the start.

    Args:
        certificate: A PEM file: the certificate first, then the intermediate ones.
        key: A PEM file with the key.
        time: For the time of day; certificates have no other clock.
    """

    authority_pem: bytes | None = None

    def __init__(self, certificate: Path, key: Path, *, time: Timekeeping) -> None:
        self._certificate = certificate
        self._key = key
        self._time = time
        self._stamp = self._read_stamp()
        self.context = create_context(certificate, key, time.wall())

    def renew(self) -> None:
        """See ``Certificates``: takes up the files when they have changed."""
        stamp = self._read_stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.context = create_context(self._certificate, self._key, self._time.wall())
        except BadInput as error:
            # Certificate and key are two files: between the two changes, they do not belong together.
            log.warning("new certificate not used, the old one stays", reason=error.reason)
        else:
            log.info("new certificate in use", file=str(self._certificate))

    def _read_stamp(self) -> Stamp:
        """What changes when a file is written or replaced; a missing file has zeros."""
        return tuple(_stamp_of(path) for path in (self._certificate, self._key))


async def keep_renewed(certificates: Certificates) -> None:
    """Check for a new certificate until cancelled, in a thread: the files may be on a slow disk."""
    while True:
        await asyncio.sleep(CHECK_EVERY_SECONDS)
        await asyncio.to_thread(certificates.renew)


def _stamp_of(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino
