"""What the settings say of TLS: the certificate from files, one of the service's own, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.access.names import WILDCARDS
from photonic.service.config.fields import Tls
from photonic.serving.certificates import CertificateFiles
from photonic.serving.own_certificate import OwnCertificate, read_authority

if TYPE_CHECKING:
    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.config.settings import ServiceSettings
    from photonic.serving.certificates import Certificates


def create_certificates(settings: ServiceSettings, time: Timekeeping) -> Certificates | None:
    """The service's certificate; ``None``: it speaks plain HTTP. Raises ``BadInput`` if there is none to use."""
    if settings.tls_certificate is not None and settings.tls_key is not None:
        return CertificateFiles(settings.tls_certificate, settings.tls_key, time=time)
    if settings.tls is Tls.AUTO:
        hosts = (
            settings.allowed_hosts
            if settings.host.strip("[]") in WILDCARDS
            else (*settings.allowed_hosts, settings.host)
        )
        return OwnCertificate(settings.state_folder, hosts, time=time)
    return None


def authority_fingerprint(settings: ServiceSettings) -> str | None:
    """The SHA-256 fingerprint of the service's own authority; ``None``: it has none."""
    return read_authority(settings.state_folder).fingerprint if settings.tls is Tls.AUTO else None
