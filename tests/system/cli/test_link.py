"""``photonic link`` and ``photonic invite`` with a real service: what they print opens what it should, and no more."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.commands import running
from tests.support.in_process import said
from tests.support.network_host import HOST, WITHIN_SECONDS, for_phones, phone_client
from tests.support.pictures import BLUE, GREEN, RED

from photonic.cli.outcome import ExitCode, exit_code, one_line
from photonic.errors import BadInput, PhotonicError

if TYPE_CHECKING:
    from collections.abc import Generator

TOKEN = "8c1f-93ab-77d0-52e6"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a service in the network that has a token; its camera is a folder of pictures."""
    folder = tmp_path_factory.mktemp("link")
    for number, picture in enumerate((RED, GREEN, BLUE)):
        (folder / f"{number}.jpg").write_bytes(picture)
    file = folder / "photonic.toml"
    file.write_text(
        f'host = "{HOST}"\nport = 0\ntoken = "{TOKEN}"\nstate_folder = "{folder}/state"\ncamera_name = "left"\n'
        f'camera = "file:{folder}#fps=20"\nphoto_root = "{folder}/photos"\n'
    )
    with running("serve", "--config", str(file)) as running_service:
        yield running_service.url()


@pytest.fixture
def phone(service: str) -> Generator[httpx2.Client]:
    """A browser of another machine, without credentials."""
    with phone_client(service) as http:
        yield http


def link(service: str, *arguments: str) -> str:
    return said("link", *arguments, "--url", service, "--token", TOKEN)


def made(service: str, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(link(service, "add", *arguments, "--json"))
    return found


def test_a_link_to_a_live_view_opens_stream_snapshot_and_page_until_it_is_revoked(
    service: str, phone: httpx2.Client
) -> None:
    shown = made(service, "live:left", "--expires", "1h30m", "--streams", "3")
    addresses = shown["addresses"]
    assert set(addresses) == {"stream", "snapshot", "page"}
    assert all(address.startswith(for_phones(service)) for address in addresses.values())
    assert (shown["role"], shown["streams"], round(shown["ends_in_seconds"])) == ("viewer", 3, 5400)
    snapshot = phone.get(addresses["snapshot"])
    assert (snapshot.status_code, snapshot.headers["Content-Type"]) == (200, "image/jpeg")
    with phone.stream("GET", addresses["stream"]) as stream:
        assert stream.status_code == 200
        assert any(b"\xff\xd8" in piece for piece in islice(stream.iter_bytes(), 100))
    page = phone.get(addresses["page"], headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})
    assert (page.status_code, "text/html" in page.headers["Content-Type"]) == (200, True)
    assert phone.get("/api/v1/sessions", params={"signature": shown["query"].partition("=")[2]}).status_code == 403
    assert shown["id"] in link(service, "list")
    link(service, "remove", shown["id"])
    assert phone.get(addresses["snapshot"]).status_code == 401


def test_links_to_photos_open_a_photo_and_a_session(service: str, phone: httpx2.Client) -> None:
    with httpx2.Client(
        base_url=service, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=WITHIN_SECONDS, trust_env=False
    ) as operator:
        taken = operator.post("/api/v1/camera/capture", json={"session_id": "party", "sequence_number": 1})
        assert taken.status_code == 200, taken.text
        (still,) = operator.get("/api/v1/sessions/party/photos").json()["stills"]
    photo = still["files"][0]["id"]
    lines = link(service, "add", f"photo:{photo}").splitlines()
    opened = {line.split()[0]: phone.get(line.split()[1]) for line in lines}
    assert {what: answer.status_code for what, answer in opened.items()} == {"photo": 200, "thumbnail": 200}
    assert opened["photo"].content in {RED, GREEN, BLUE}
    opened = {what: phone.get(where) for what, where in made(service, "session:party")["addresses"].items()}
    assert {what: answer.status_code for what, answer in opened.items()} == {"zip": 200, "list": 200}
    assert opened["zip"].content.startswith(b"PK")
    assert opened["list"].json()["stills"][0]["files"][0]["id"] == photo
    assert phone.get(f"/api/v1/photos/{photo}").status_code == 401


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("add", "film:1"), "unknown scope"),
        (("add", "live:right"), "unknown camera"),
        (("add", "photo:1", "--role", "viewer"), "viewers see no photos"),
        (("add", "live:left", "--expires", "soon"), "--expires takes a duration"),
        (("add", "live:left", "--expires", "9999d"), "--expires"),
        (("add", "live:left", "--streams", "0"), "--streams"),
        (("remove", "0123456789abcdef"), "unknown link"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_command(
    service: str, arguments: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(PhotonicError) as refused:
        link(service, *arguments)
    assert exit_code(refused.value) == ExitCode.BAD_INPUT
    assert reason in one_line(refused.value)


def test_an_invitation_signs_one_phone_in_by_its_address_and_one_by_its_typed_code(
    service: str, phone: httpx2.Client
) -> None:
    shown = json.loads(said("invite", "--role", "viewer", "--json", "--url", service, "--token", TOKEN))
    address, _sharp, code = shown["address"].partition("#code=")
    assert address == f"{for_phones(service)}/sign-in"
    for credential in (code, shown["typed_code"].lower()):
        phone.cookies.clear()
        assert phone.post(address, data={"credential": credential, "next": "/"}).status_code == 303
        assert phone.get("/api/v1/access").json()["role"] == "viewer"
        phone.cookies.clear()
        assert phone.post(address, data={"credential": credential, "next": "/"}).status_code == 401


def test_with_a_wrong_token_a_command_asks_for_the_right_one(service: str) -> None:
    with pytest.raises(PhotonicError) as refused:
        said("link", "list", "--url", service, "--token", "0123-4567-89ab-cdef")
    assert not isinstance(refused.value, BadInput)
    assert "--token" in one_line(refused.value)
