"""Certificates from files: new ones are taken up, bad ones are not."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs
from tests.support.certificate import IssuedCertificate
from tests.support.surroundings import timekeeping

from photonic.errors import BadInput
from photonic.serving.certificates import CertificateFiles, keep_renewed

if TYPE_CHECKING:
    from pathlib import Path

PASSED = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def issued(tmp_path: Path) -> IssuedCertificate:
    """Files of a service."""
    return IssuedCertificate(tmp_path)


def served(certificates: CertificateFiles, issued: IssuedCertificate) -> x509.Certificate:
    """The certificate that a client sees."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = certificates.context.wrap_bio(incoming, outgoing, server_side=True)
    client = issued.trust.wrap_bio(outgoing, incoming, server_hostname="127.0.0.1")
    for _turn in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    der = client.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def on_disk(issued: IssuedCertificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.certificate.read_bytes())


def test_new_files_are_used_for_the_next_connection(issued: IssuedCertificate) -> None:
    certificates = issued.certificates()
    first = on_disk(issued)
    assert served(certificates, issued) == first
    certificates.renew()
    assert served(certificates, issued) == first
    issued.replace()
    assert on_disk(issued) != first
    certificates.renew()
    assert served(certificates, issued) == on_disk(issued)


def test_between_two_writes_the_old_pair_stays(issued: IssuedCertificate) -> None:
    certificates = issued.certificates()
    first, first_key = on_disk(issued), issued.key.read_bytes()
    issued.replace()
    second_key = issued.key.read_bytes()
    issued.key.write_bytes(first_key)
    with capture_logs() as logs:
        certificates.renew()
        certificates.renew()
    assert served(certificates, issued) == first
    assert [line["reason"] for line in logs] == [
        f"the key in {issued.key} does not belong to the certificate in {issued.certificate}"
    ]
    issued.key.write_bytes(second_key)
    certificates.renew()
    assert served(certificates, issued) == on_disk(issued) != first


@pytest.mark.parametrize("damage", ["empty", "gone", "ended", "encrypted", "no key"])
def test_what_cannot_be_used_changes_nothing(issued: IssuedCertificate, damage: str) -> None:
    certificates = issued.certificates()
    first = on_disk(issued)
    spoil(issued, damage)
    with capture_logs() as logs:
        certificates.renew()
    assert served(certificates, issued) == first
    (line,) = logs
    assert (line["log_level"], "\n" in line["reason"]) == ("warning", False)


@pytest.mark.parametrize(
    ("damage", "reason", "field"),
    [
        ("empty", "no certificate", "tls_certificate"),
        ("gone", "No such file", "tls_certificate"),
        ("ended", "ended on 2020-01-01", "tls_certificate"),
        ("encrypted", "without a password", "tls_key"),
        ("no key", "no key in PEM form", "tls_key"),
    ],
)
def test_at_the_start_it_is_refused(issued: IssuedCertificate, damage: str, reason: str, field: str) -> None:
    spoil(issued, damage)
    with pytest.raises(BadInput, match=reason) as refused:
        issued.certificates()
    assert refused.value.field == field


def spoil(issued: IssuedCertificate, damage: str) -> None:
    match damage:
        case "empty":
            issued.certificate.write_bytes(b"")
        case "gone":
            issued.certificate.unlink()
        case "ended":
            issued.replace(not_after=PASSED)
        case "encrypted":
            key = serialization.load_pem_private_key(issued.key.read_bytes(), None)
            encryption = serialization.BestAvailableEncryption(b"secret")
            form = serialization.PrivateFormat.PKCS8
            issued.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, encryption))
        case _:
            issued.key.write_bytes(b"-----BEGIN NOTHING-----\n")


def test_a_certificate_that_ends_later_than_the_clock_says_is_used(issued: IssuedCertificate) -> None:
    end = on_disk(issued).not_valid_after_utc
    CertificateFiles(issued.certificate, issued.key, time=timekeeping(wall=lambda: end - timedelta(seconds=1)))
    with pytest.raises(BadInput, match="renew it"):
        CertificateFiles(issued.certificate, issued.key, time=timekeeping(wall=lambda: end))


def test_nothing_older_than_tls_1_2_is_spoken(issued: IssuedCertificate) -> None:
    context = issued.certificates().context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION


async def test_files_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.serving.certificates.CHECK_EVERY_SECONDS", 0.001)
    renewed = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Renewed:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority_pem = None

        def renew(self) -> None:
            loop.call_soon_threadsafe(renewed.set)

    watching = asyncio.create_task(keep_renewed(Renewed()))
    async with asyncio.timeout(20):
        await renewed.wait()
    watching.cancel()
    await asyncio.wait([watching])
