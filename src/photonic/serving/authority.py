"""An authority of this service's own, and the certificates that it signs. Pure: the time is passed in.

Who installs the authority's certificate trusts it for this service only: its name constraints (RFC 5280, 4.2.1.10)
permit the service's names and private addresses, so that a stolen key signs nothing for other sites.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.serving.host_names import Address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

AUTHORITY_LIFE = timedelta(days=3650)
LEAF_LIFE = timedelta(days=397)
"""Browsers refuse certificates that last longer (CA/Browser Forum, ballot SC-31; 398 days)."""
RENEW_BEFORE = timedelta(days=30)
BACKDATED = timedelta(days=1)
"""For devices whose clocks are behind."""
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""A machine without a battery for its clock may start in 1970: an authority made then must last, too."""

PRIVATE_NETWORKS: Sequence[Network] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",  # RFC 1918
        "127.0.0.0/8",
        "169.254.0.0/16",  # RFC 3927: no DHCP server
        "100.64.0.0/10",  # RFC 6598: also private networks that span several sites
        "::1/128",
        "fc00::/7",  # RFC 4193
    )
)


@dataclass(frozen=True, slots=True)
class CertificateSubjects:
    """What a certificate is for: DNS names in lower case, and addresses."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's certificate and key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate, for devices to install."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as devices show it: pairs of hexadecimal digits with colons."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def lasts(self, now: datetime) -> bool:
        """Whether it can sign another certificate."""
        return self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc - LEAF_LIFE

    def permits(self, identity: CertificateSubjects) -> bool:
        """Whether devices accept a certificate of this authority for all of ``identity``."""
        names_fit = all(
            any(name == one or name.endswith(f".{one}") for one in self.permitted_names) for name in identity.names
        )
        return names_fit and all(
            any(address in network for network in self.permitted_networks) for address in identity.addresses
        )

    @property
    def permitted_names(self) -> list[str]:
        """The DNS names that its certificates may be for, each with all names below it."""
        return [subtree.value for subtree in self._permitted() if isinstance(subtree, x509.DNSName)]

    @property
    def permitted_networks(self) -> list[Network]:
        """The networks whose addresses its certificates may be for."""
        found = [subtree.value for subtree in self._permitted() if isinstance(subtree, x509.IPAddress)]
        return [one for one in found if isinstance(one, ipaddress.IPv4Network | ipaddress.IPv6Network)]

    def _permitted(self) -> Sequence[x509.GeneralName]:
        constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        return constraints.permitted_subtrees or ()


def permitted(names: Sequence[str], addresses: Sequence[Address], chosen: Sequence[Address]) -> CertificateSubjects:
    """What the service's certificate is for.

    Args:
        names: DNS names.
        addresses: The machine's addresses; those that are not private are left out.
        chosen: Addresses that the configuration names; they may be public.
    """
    private = [address for address in addresses if any(address in network for network in PRIVATE_NETWORKS)]
    return CertificateSubjects(tuple(dict.fromkeys(names)), tuple(dict.fromkeys((*private, *chosen))))


def create_authority(
    identity: CertificateSubjects, host: str, now: datetime, old: Authority | None = None
) -> Authority:
    """Make an authority.

    Args:
        identity: What it may sign for, beside private addresses.
        host: Shown in its name.
        now: The time of day.
        old: The one that it replaces, whose names and networks it also permits; ``None``: none.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"photonic on {host}"[:64])
    begin = min(now, EARLIEST) - BACKDATED
    public = [address for address in identity.addresses if not any(address in one for one in PRIVATE_NETWORKS)]
    networks = [*PRIVATE_NETWORKS, *map(ipaddress.ip_network, public), *(old.permitted_networks if old else ())]
    names = [*identity.names, *(old.permitted_names if old else ())]
    allowed: list[x509.GeneralName] = [x509.DNSName(name) for name in dict.fromkeys(names)]
    allowed += [x509.IPAddress(network) for network in dict.fromkeys(networks)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(max(now, EARLIEST) + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue(authority: Authority, identity: CertificateSubjects, now: datetime) -> bytes:
    """A new key and a certificate for ``identity``, in PEM form, in this order."""
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in identity.names]
    names += [x509.IPAddress(address) for address in identity.addresses]
    begin = max(now - BACKDATED, authority.certificate.not_valid_before_utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name((identity.names or ("photonic",))[0][:64]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(min(begin + LEAF_LIFE, authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM)


def serves(certificate: x509.Certificate, authority: Authority, identity: CertificateSubjects, now: datetime) -> bool:
    """Whether an issued certificate is still good: of this authority, for all of ``identity``, and not near its end."""
    try:
        certificate.verify_directly_issued_by(authority.certificate)
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    covered = set(identity.names) <= set(found.get_values_for_type(x509.DNSName)) and set(identity.addresses) <= set(
        found.get_values_for_type(x509.IPAddress)
    )
    return covered and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - RENEW_BEFORE


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key, unencrypted: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
