"""What the start shows: addresses for other devices, and secrets on a terminal only."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs
from tests.support.surroundings import THIS_MACHINE

from photonic.cli.ways_in import FirstSecrets, first_token, network_address, tell, ways_in
from photonic.service.config.access import access_policy
from photonic.service.config.settings import ServiceSettings
from photonic.service.http.access import access_in_memory
from photonic.serving.token_file import FIRST, TOKENS_FILE, read_tokens

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.access.control import AccessControl

SECRETS = FirstSecrets(token="the-token", code="the-code", typed_code="K7Q2-9XBD")
STRONG = "5a0e.c913_77fd~b842"
PHONES = "http://192.0.2.7:8000"


class TerminalText(StringIO):
    """Says that it is a terminal; without an encoding it shows no block characters."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("url", "host", "found", "address"),
    [
        ("http://127.0.0.1:8000", "0.0.0.0", "192.0.2.7", "http://192.0.2.7:8000"),
        ("https://[::1]:8443", "::", "2001:db8::7", "https://[2001:db8::7]:8443"),
        ("http://127.0.0.1:8000", "[::]", "192.0.2.7", "http://192.0.2.7:8000"),
        ("http://192.0.2.9:8000", "192.0.2.9", "192.0.2.7", "http://192.0.2.9:8000"),
        ("http://127.0.1.1:8000", "booth.local", None, "http://booth.local:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1", "192.0.2.7", None),
        ("http://127.0.0.1:8000", "0.0.0.0", None, None),
    ],
)
def test_other_devices_get_an_address_that_they_reach(
    url: str, host: str, found: str | None, address: str | None
) -> None:
    assert network_address(url, host, lambda: found) == address


def test_the_first_start_shows_its_secrets_on_a_terminal() -> None:
    text = ways_in(PHONES, SECRETS, made=True, stream=TerminalText())
    assert text.startswith("photonic: on your network: http://192.0.2.7:8000/\n")
    assert "    the-token\n" in text
    assert "\nhttp://192.0.2.7:8000/sign-in#code=the-code\n" in text
    assert "K7Q2-9XBD" in text
    assert max(map(len, text.splitlines())) <= 100


def test_elsewhere_the_first_start_says_what_to_do_instead() -> None:
    text = ways_in(PHONES, None, made=True, stream=StringIO())
    assert PHONES in text
    assert "photonic invite" in text
    assert "photonic token add" in text


def test_without_an_address_for_phones_the_first_start_shows_the_token() -> None:
    text = ways_in(None, SECRETS, made=True, stream=TerminalText())
    assert "the-token" in text
    assert "sign-in" not in text


@pytest.mark.parametrize("stream", [StringIO(), TerminalText()])
def test_with_tokens_the_start_says_how_to_let_a_phone_in(stream: StringIO) -> None:
    assert ways_in(PHONES, None, made=False, stream=stream).splitlines() == [
        "photonic: on your network: http://192.0.2.7:8000/",
        "photonic: `photonic invite` lets a phone in",
    ]


def settings(folder: Path, **given: object) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {"host": "0.0.0.0", "photo_root": folder / "photos", "state_folder": folder / "state", **given}
    )


def test_the_first_start_in_a_network_makes_a_token_and_the_second_does_not(tmp_path: Path) -> None:
    assert first_token(settings(tmp_path)) is not None
    assert first_token(settings(tmp_path)) is None
    assert [record.name for record in read_tokens(tmp_path / "state").records] == [FIRST]


@pytest.mark.parametrize(
    "given",
    [
        {"host": "127.0.0.1"},
        {"uds": "/run/photonic/photonic.sock"},
        {"token": STRONG},
        {"allow_anonymous": True},
        {"allow_anonymous": "viewer"},
    ],
)
def test_no_token_is_made_where_the_configuration_says_who_gets_in(tmp_path: Path, given: dict[str, object]) -> None:
    assert first_token(settings(tmp_path, **given)) is None
    assert not (tmp_path / "state").exists()


def test_a_damaged_file_of_tokens_is_left_as_it_is_and_the_service_starts(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / TOKENS_FILE).write_text("{")
    assert first_token(settings(tmp_path)) is None
    assert (tmp_path / "state" / TOKENS_FILE).read_text() == "{"


def told(given: ServiceSettings, token: str | None) -> AccessControl:
    access = access_in_memory(access_policy(given), THIS_MACHINE.time.monotonic)
    tell(given, "http://127.0.0.1:8000", access, token)
    return access


def test_without_a_terminal_no_code_is_made_and_the_token_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    access = told(settings(tmp_path, host="192.0.2.9"), "the-token")
    written = "".join(capsys.readouterr())
    assert "http://192.0.2.9:8000/" in written
    assert "the-token" not in written
    assert access.codes.records == ()


def test_on_loopback_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(settings(tmp_path, host="127.0.0.1", allow_anonymous=True), None)
    assert "".join(capsys.readouterr()) == ""


@pytest.mark.parametrize(
    ("given", "warning"),
    [
        ({"allow_anonymous": True}, "everyone who reaches this service is its operator"),
        ({"allow_anonymous": "operator"}, "everyone who reaches this service is its operator"),
        ({"allow_anonymous": "operator", "token": STRONG}, "everyone who reaches this service is its operator"),
        ({"allow_anonymous": True, "token": STRONG}, "allow_anonymous without a role opens nothing"),
        ({"allow_anonymous": "viewer"}, None),
        ({"token": STRONG}, None),
    ],
)
def test_strangers_who_are_operators_are_warned_of(
    tmp_path: Path, given: dict[str, object], warning: str | None
) -> None:
    with capture_logs() as logs:
        told(settings(tmp_path, **given), None)
    warnings = [line["event"] for line in logs if line["log_level"] == "warning"]
    assert [line.startswith(warning or "") for line in warnings] == ([] if warning is None else [True])
