"""Guests see, fetch and cancel what they asked for; everything else is answered as if it did not exist."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeCaptureJob, FakeController
from tests.support.gallery import NOON, still

from photonic.access.credentials import hashed
from photonic.access.links import LinkScope
from photonic.access.permission import Role
from photonic.access.tokens import TokenRecord, TokenTable
from photonic.model.status import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import httpx2

API = "/api/v1"
MADE_AT = "2026-01-02T03:04:05+00:00"
PHOTO = {"session_id": "party", "sequence_number": 1}
SECRETS = {name: f"{name}-kT5x9Qm2Lw8Rz4pVkT5x9Qm2Lw8Rz4pV" for name in ("operator", "viewer", "one", "two", "three")}
KEYS = {name: f"token:{name}:{hashed(secret)[:8]}" for name, secret in SECRETS.items()}
STILLS = [
    still("c1", "party", "one.jpg", "one.cr2", owner=KEYS["one"]),
    still("c2", "party", "two.jpg", owner=KEYS["two"]),
    still("c3", "party", "body.jpg"),
    still("c4", "other", "four.jpg", owner=KEYS["one"]),
    still("c5", "booth", "five.jpg", owner="operator:loopback"),
]
OWN = {"operator": {"c1", "c2", "c3", "c4", "c5"}, "one": {"c1", "c4"}, "two": {"c2"}, "three": set[str]()}


class Asking:
    """The client, with the headers of each principal."""

    def __init__(
        self, client: httpx2.AsyncClient, controller: FakeController, headers: dict[str, dict[str, str]]
    ) -> None:
        self.client = client
        self.controller = controller
        self.headers = headers

    async def __call__(self, who: str, method: str, path: str, **options: Any) -> httpx2.Response:
        return await self.client.request(method, path, headers=self.headers[who], **options)

    async def get(self, who: str, path: str, **options: Any) -> httpx2.Response:
        return await self(who, "GET", f"{API}{path}", **options)


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncGenerator[Asking]:
    controller = FakeController()
    controller.gallery.root = tmp_path
    controller.gallery.add(*STILLS)
    for one in STILLS:
        controller.jobs.append(FakeCaptureJob(one))
        for file in one.files:
            path = tmp_path / file.path
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(file.id.encode())
            controller.files[file.id] = (file, path)
    async with asking(controller) as client:
        roles = {"operator": Role.OPERATOR, "viewer": Role.VIEWER}
        tokens = [
            TokenRecord(name=name, role=roles.get(name, Role.GUEST), hash=hashed(secret), made_at=MADE_AT)
            for name, secret in SECRETS.items()
        ]
        app_context_behind(client).access.replace_tokens(TokenTable(tokens))
        headers = {name: {"Authorization": f"Bearer {secret}"} for name, secret in SECRETS.items()}
        yield Asking(client, controller, headers)


def signature(client: httpx2.AsyncClient, scope: str) -> dict[str, str]:
    access = app_context_behind(client).access
    _record, made = access.links.make(LinkScope.parse(scope), Role.GUEST, access.clock(), 60.0, made_by="operator")
    return {"signature": made}


@pytest.mark.parametrize("who", OWN)
async def test_the_lists_hold_what_somebody_may_see(ask: Asking, who: str) -> None:
    own = {one.id: one for one in STILLS if one.id in OWN[who]}
    captures = (await ask.get(who, "/captures")).json()
    assert {one["id"] for one in captures["captures"]} == set(own)
    photos = (await ask.get(who, "/photos")).json()["photos"]
    assert {photo["id"] for photo in photos} == {file.id for one in own.values() for file in one.files}
    sessions = (await ask.get(who, "/sessions")).json()
    counts = {one["session_id"]: one["photo_count"] for one in sessions["sessions"]}
    names = [one.session_id for one in own.values()]
    assert counts == {name: names.count(name) for name in names}
    assert sessions["total"] == len(counts)
    party = (await ask.get(who, "/sessions/party/photos")).json()
    assert {one["id"] for one in party["stills"]} == {one.id for one in own.values() if one.session_id == "party"}
    assert party["total"] == len(party["stills"])
    assert "owner" not in captures["captures"][0] if captures["captures"] else True


@pytest.mark.parametrize("who", OWN)
async def test_one_capture_one_photo_one_thumbnail_and_one_archive(ask: Asking, who: str) -> None:
    for one in STILLS:
        sees = one.id in OWN[who]
        unknown = {
            path: (await ask.get(who, path.replace(one.id, "nobody"))).json()["detail"]
            for path in (f"/captures/{one.id}", f"/photos/{one.id}-1", f"/photos/{one.id}-1/thumbnail")
        }
        for path, detail in unknown.items():
            answer = await ask.get(who, path)
            assert answer.status_code == (200 if sees else 404)
            if not sees:
                assert answer.json()["detail"] == detail.replace("nobody", one.id)
    archive = await ask.get(who, "/sessions/party/photos.zip")
    expected = {
        file.path[7:] for one in STILLS if one.session_id == "party" and one.id in OWN[who] for file in one.files
    }
    assert archive.status_code == (200 if expected else 404)
    if expected:
        with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
            assert {name.removeprefix("party/") for name in opened.namelist()} == {*expected, "sha256.txt"}


async def test_a_tag_that_is_known_opens_no_photo_of_somebody_else(ask: Asking) -> None:
    tag = (await ask.get("one", "/photos/c1-1")).headers["etag"]
    for path in ("/photos/c1-1", "/photos/c1-1/thumbnail"):
        headers = {**ask.headers["two"], "If-None-Match": f"{tag}, *"}
        assert (await ask.client.get(f"{API}{path}", headers=headers)).status_code == 404


async def test_what_is_in_the_trash_is_the_operators(ask: Asking) -> None:
    deleted = STILLS[0].model_copy(update={"deleted_at": NOON, "files": ()})
    ask.controller.jobs[0] = FakeCaptureJob(deleted)
    del ask.controller.files["c1-1"]
    assert (await ask.get("operator", "/photos/c1-1/thumbnail")).status_code == 200
    assert (await ask.get("one", "/photos/c1-1/thumbnail")).status_code == 404
    assert (await ask.get("one", "/photos/deleted")).status_code == 403
    assert (await ask.get("one", "/captures/c1")).json()["deleted_at"] is not None


async def test_a_viewer_sees_no_photos_at_all(ask: Asking) -> None:
    for path in ("/captures", "/captures/c1", "/photos", "/photos/c1-1", "/photos/c1-1/thumbnail", "/sessions"):
        assert (await ask.get("viewer", path)).status_code == 403


@pytest.mark.parametrize(
    ("scope", "opened", "closed"),
    [
        (
            "session:party",
            ["/photos/c1-1", "/photos/c1-2", "/photos/c2-1", "/photos/c3-1/thumbnail", "/sessions/party/photos"],
            [
                "/photos/c4-1",
                "/photos/c5-1/thumbnail",
                "/sessions/other/photos",
                "/captures/c1",
                "/captures",
                "/photos",
            ],
        ),
        (
            "photo:c1-1",
            ["/photos/c1-1", "/photos/c1-1/thumbnail"],
            ["/photos/c1-2", "/photos/c2-1", "/sessions/party/photos", "/sessions", "/captures/c1", "/photos"],
        ),
        ("live:booth", [], ["/photos/c1-1", "/sessions/party/photos", "/captures/c1", "/photos"]),
    ],
)
async def test_a_signed_link_opens_its_scope(ask: Asking, scope: str, opened: list[str], closed: list[str]) -> None:
    signed = signature(ask.client, scope)
    for path in opened:
        assert (await ask.client.get(f"{API}{path}", params=signed)).status_code == 200, path
    for path in closed:
        assert (await ask.client.get(f"{API}{path}", params=signed)).status_code in {401, 403, 404}, path


async def test_a_link_shows_its_scope_to_a_guest_who_sees_less_otherwise(ask: Asking) -> None:
    signed = signature(ask.client, "session:party")
    for who in ("one", "three", "operator"):
        stills = (await ask.get(who, "/sessions/party/photos", params=signed)).json()["stills"]
        assert {one["id"] for one in stills} == {"c1", "c2", "c3"}
        assert (await ask.get(who, "/photos/c2-1", params=signed)).status_code == 200


async def test_a_capture_is_followed_and_cancelled_by_who_asked_and_the_operator(ask: Asking) -> None:
    for headers in ask.headers.values():
        headers["Prefer"] = "respond-async"
    ids: dict[str, str] = {}
    for who in ("one", "two", "operator"):
        ids[who] = (await ask(who, "POST", f"{CAMERA}/capture", json=PHOTO)).json()["id"]
    assert [requester.owner for requester in ask.controller.requesters] == [
        KEYS["one"],
        KEYS["two"],
        f"operator:{KEYS['operator']}",
    ]
    assert [requester.is_guest for requester in ask.controller.requesters] == [True, True, False]
    for who in ("one", "two"):
        for other, capture_id in ids.items():
            path = f"{API}/captures/{capture_id}"
            assert (await ask(who, "GET", path)).status_code == (200 if who == other else 404)
    assert (await ask("two", "DELETE", f"{API}/captures/{ids['one']}")).status_code == 404
    assert (await ask("one", "DELETE", f"{API}/captures/{ids['operator']}")).status_code == 404
    assert (await ask("one", "DELETE", f"{API}/captures/{ids['one']}")).status_code == 200
    assert (await ask("operator", "DELETE", f"{API}/captures/{ids['two']}")).status_code == 200


async def test_sequences_are_listed_reported_and_cancelled_by_their_owner_and_the_operator(ask: Asking) -> None:
    burst = {"kind": "burst", "session_id": "party", "count": 2}
    begun = (await ask("one", "POST", f"{CAMERA}/sequences", json=burst)).json()
    assert "owner" not in begun
    path = f"{CAMERA}/sequences/{begun['id']}"
    for who, status in (("one", 200), ("two", 404), ("operator", 200)):
        answer = await ask(who, "GET", path)
        assert answer.status_code == status
        listed = (await ask(who, "GET", f"{CAMERA}/sequences")).json()["sequences"]
        assert [one["id"] for one in listed] == ([begun["id"]] if status == 200 else [])
    refused = await ask("two", "DELETE", path)
    nobody = await ask("two", "DELETE", f"{CAMERA}/sequences/nobody")
    assert refused.status_code == nobody.status_code == 404
    assert refused.json()["detail"].replace(begun["id"], "nobody") == nobody.json()["detail"]
    assert ask.controller.sequences.running is not None
    assert (await ask("one", "DELETE", path)).status_code == 200


def test_the_status_that_viewers_get_names_no_photo() -> None:
    schema = str(Snapshot.model_json_schema())
    for word in ("path", "files", "owner", "sha256", "idempotency"):
        assert word not in schema
