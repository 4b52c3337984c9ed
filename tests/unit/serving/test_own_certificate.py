"""``tls = auto``: an authority of the service's own, and certificates that devices which installed it accept."""

from __future__ import annotations

import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs
from tests.support.surroundings import timekeeping

from photonic.errors import BadInput
from photonic.serving import host_names, own_certificate
from photonic.serving.authority import Authority, CertificateSubjects, issue
from photonic.serving.own_certificate import OwnCertificate, read_authority

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.serving.host_names import Address

NOW = datetime.now(UTC).replace(microsecond=0)
HOME = ipaddress.ip_address("192.168.1.5")
PUBLIC = ipaddress.ip_address("2001:db8::1")


class Machine:
    """A machine whose names, addresses and clock a test changes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.now = NOW
        self.addresses: tuple[Address, ...] = (ipaddress.ip_address("127.0.0.1"), HOME, PUBLIC)
        self.names = ("booth", "booth.local")
        monkeypatch.setattr(own_certificate, "machine_names", lambda: self.names)

    def start(self, *hosts: str) -> OwnCertificate:
        time = timekeeping(wall=lambda: self.now)
        return OwnCertificate(self.folder, hosts, time=time, addresses=lambda: self.addresses)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without a state."""
    return Machine(tmp_path / "state", monkeypatch)


def seen(context: ssl.SSLContext, authority: Authority, host: str) -> x509.Certificate:
    """What a device with that authority sees under a name. Raises ``ssl.SSLError`` if it does not accept it."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    trust.load_verify_locations(cadata=authority.pem.decode())
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    client = trust.wrap_bio(outgoing, incoming, server_hostname=host)
    for _turn in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    der = client.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


@pytest.mark.parametrize("host", ["localhost", "booth", "booth.local", "photos.example", "127.0.0.1", "192.168.1.5"])
def test_a_device_with_the_authority_accepts_each_own_name(machine: Machine, host: str) -> None:
    own = machine.start("Photos.Example")
    certificate = seen(own.context, own.authority, host)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=397)


@pytest.mark.parametrize("host", ["example.org", "2001:db8::1", "192.168.1.6"])
def test_no_other_name_is_accepted(machine: Machine, host: str) -> None:
    own = machine.start()
    with pytest.raises(ssl.SSLCertVerificationError):
        seen(own.context, own.authority, host)


@pytest.mark.parametrize(
    "identity",
    [CertificateSubjects(("example.org",), ()), CertificateSubjects((), (ipaddress.ip_address("203.0.113.5"),))],
)
def test_a_stolen_authority_signs_for_nobody_else(
    machine: Machine, identity: CertificateSubjects, tmp_path: Path
) -> None:
    own = machine.start()
    file = tmp_path / "forged.pem"
    file.write_bytes(issue(own.authority, identity, NOW))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        seen(context, own.authority, str((*identity.names, *identity.addresses)[0]))


def test_the_state_is_for_its_owner_only(machine: Machine) -> None:
    machine.start()
    folder = machine.folder / "tls"
    assert [stat.S_IMODE(one.stat().st_mode) for one in (machine.folder, folder)] == [0o700, 0o700]
    modes = {file.suffix: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir() if file.name[0] == "a"}
    assert modes == {".key": 0o600, ".pem": 0o644}
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.glob("service-*.pem")] == [0o600]


def test_a_restart_changes_nothing(machine: Machine) -> None:
    first = machine.start()
    again = machine.start()
    assert again.authority_pem == first.authority_pem
    assert seen(again.context, again.authority, "booth") == seen(first.context, first.authority, "booth")


def test_a_new_address_is_in_a_new_certificate_of_the_same_authority(machine: Machine) -> None:
    own = machine.start()
    authority = own.authority_pem
    machine.addresses = (*machine.addresses, ipaddress.ip_address("10.1.2.3"))
    own.renew()
    assert seen(own.context, own.authority, "10.1.2.3")
    assert own.authority_pem == authority
    before = own.context
    machine.addresses = machine.addresses[:2]
    own.renew()
    assert own.context is before, "an address less needs no other certificate"


def test_it_is_made_anew_before_it_ends(machine: Machine) -> None:
    own = machine.start()
    before = seen(own.context, own.authority, "booth")
    machine.now = before.not_valid_after_utc - timedelta(days=29)
    own.renew()
    (file,) = (machine.folder / "tls").glob("service-*.pem")
    after = x509.load_pem_x509_certificate(file.read_bytes())
    assert after.not_valid_after_utc > before.not_valid_after_utc


def test_a_clock_that_was_wrong_costs_the_certificate_but_not_the_authority(machine: Machine) -> None:
    machine.now = datetime(1970, 1, 1, tzinfo=UTC)
    own = machine.start()
    authority = own.authority_pem
    machine.now = NOW
    own.renew()
    assert seen(own.context, own.authority, "booth")
    assert own.authority_pem == authority


def test_a_name_that_the_authority_does_not_permit_makes_another_one_and_says_so(machine: Machine) -> None:
    first = machine.start()
    with capture_logs() as logs:
        second = machine.start("photos.example")
    assert second.authority_pem != first.authority_pem
    told = [line for line in logs if line["log_level"] == "warning"]
    assert [line["fingerprint"] for line in told] == [second.authority.fingerprint]
    assert seen(second.context, second.authority, "photos.example")
    # Both services share the state, and go on with the same authority.
    first.renew()
    second.renew()
    assert first.authority_pem == second.authority_pem
    assert seen(first.context, second.authority, "booth")
    assert machine.start().authority_pem == second.authority_pem


def test_names_below_a_permitted_one_need_no_other_authority(machine: Machine) -> None:
    first = machine.start("example.org")
    assert machine.start("photos.example.org").authority_pem == first.authority_pem


@pytest.mark.parametrize("name", ["authority.key", "authority.pem"])
def test_a_damaged_authority_is_replaced_and_said_to_be(machine: Machine, name: str) -> None:
    first = machine.start()
    (machine.folder / "tls" / name).write_bytes(b"\x00")
    with capture_logs() as logs:
        second = machine.start()
    assert second.authority_pem != first.authority_pem
    assert any("install it" in line["event"] for line in logs if line["log_level"] == "warning")


def test_a_folder_that_cannot_be_written_is_said_at_the_start_and_survived_later(machine: Machine) -> None:
    own = machine.start()
    folder = machine.folder / "tls"
    folder.rename(machine.folder / "away")
    folder.write_bytes(b"")
    context = own.context
    with capture_logs() as logs:
        own.renew()
    assert (own.context, [line["log_level"] for line in logs]) == (context, ["warning"])
    with pytest.raises(BadInput, match="state_folder"):
        machine.start()


def test_the_fingerprint_is_the_one_that_devices_show(machine: Machine) -> None:
    own = machine.start()
    digest = read_authority(machine.folder).certificate.fingerprint(hashes.SHA256())
    assert own.authority.fingerprint == ":".join(f"{byte:02X}" for byte in digest)


def test_an_authority_of_somebody_else_is_not_ours(machine: Machine) -> None:
    own = machine.start()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "booth")])
    foreign = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=300)).sign(key, hashes.SHA256())
    )  # fmt: skip
    assert not own_certificate.serves(foreign, own.authority, CertificateSubjects((), ()), NOW)


def test_the_machine_knows_its_own_addresses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ipaddress.ip_address("127.0.0.1") in host_names.machine_addresses()
    table = tmp_path / "if_inet6"
    table.write_text(
        "fd000000000000000000000000000001 02 40 00 80 eth0\nfe800000000000000000000000000001 02 40 20 80 eth0\n"
    )
    found = host_names.machine_addresses(table)
    assert ipaddress.ip_address("fd00::1") in found
    assert not any(address.version == 6 and address.is_link_local for address in found)
    monkeypatch.setattr(host_names.socket, "gethostname", lambda: "Booth.lan")
    assert host_names.machine_names() == ("booth.lan", "booth.local")
    monkeypatch.setattr(host_names.socket, "gethostname", lambda: "my booth")
    assert host_names.machine_names() == ()
