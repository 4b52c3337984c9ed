"""Two guests with one camera, on the whole real stack: each has its own photos, also after the service was killed."""

from __future__ import annotations

import io
import zipfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.stack import Stack, stack
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

API = "/api/v1"
CAPTURE, SEQUENCES = f"{API}/camera/capture", f"{API}/camera/sequences"
TOKEN = "the-operator-of-two-guests"
WITHIN_SECONDS = 60.0


class Person:
    """A guest at an address of its own, or the operator."""

    def __init__(self, whole: Stack, clients: ExitStack, address: str, headers: dict[str, str] | None = None) -> None:
        transport = httpx2.HTTPTransport(local_address=address)
        client = httpx2.Client(base_url=whole.url, timeout=60.0, transport=transport, headers=headers)
        self.http = clients.enter_context(client)

    def captures(self) -> set[str]:
        found: set[str] = set()
        cursor: str | None = None
        while True:
            page = self.http.get(f"{API}/captures", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
            found |= {record["id"] for record in page["captures"]}
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def photos(self) -> set[str]:
        return {photo["id"] for photo in self.http.get(f"{API}/photos").json()["photos"]}

    def archived(self) -> int:
        answer = self.http.get(f"{API}/sessions/party/photos.zip")
        if answer.status_code == 404:
            return 0
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return len(archive.namelist()) - 1  # the manifest

    def take(self, number: int, **headers: str) -> dict[str, Any]:
        body = {"session_id": "party", "sequence_number": number}
        answer = self.http.post(CAPTURE, json=body, headers={"Idempotency-Key": f"photo-{number}", **headers})
        assert answer.is_success, answer.text
        return answer.json()


def until_idle(operator: Person) -> None:
    def idle() -> bool:
        status = operator.http.get(f"{API}/camera/capture/status").json()
        return status["camera"]["state"] == "ready" and not status["captures"] and status["sequence"] is None

    until(idle, WITHIN_SECONDS)


@pytest.mark.long
def test_each_guest_has_its_own_photos_also_after_the_service_was_killed(tmp_path: Path) -> None:
    config = tmp_path / "photonic.toml"
    config.write_text(f'token = "{TOKEN}"\nloopback_role = "none"\nallow_anonymous = "guest"\n')
    options = ("--config", str(config))
    with stack(tmp_path / "photos", *options) as whole, ExitStack() as clients:
        one, two = (Person(whole, clients, f"127.0.0.{number}") for number in (2, 3))
        operator = Person(whole, clients, "127.0.0.1", {"Authorization": f"Bearer {TOKEN}"})
        until_idle(operator)

        # The same key from somebody else is another photo.
        ids = {person: person.take(1)["capture_id"] for person in (one, two, operator)}
        assert [person.take(1)["capture_id"] for person in (one, two, operator)] == list(ids.values())
        assert whole.counted("exposed") == len(set(ids.values())) == 3
        for person in (one, two):
            assert person.captures() == {ids[person]}
            assert person.photos() == {f"{ids[person]}-1"}
            assert person.archived() == 1
        assert operator.photos() == {f"{capture_id}-1" for capture_id in ids.values()}
        for path in (f"captures/{ids[one]}", f"photos/{ids[one]}-1", f"photos/{ids[one]}-1/thumbnail"):
            found = [person.http.get(f"{API}/{path}").status_code for person in (one, two, operator)]
            assert found == [200, 404, 200], path

        burst = two.http.post(SEQUENCES, json={"kind": "burst", "session_id": "party", "count": 2}).json()["id"]
        until_idle(operator)
        assert [person.http.get(f"{SEQUENCES}/{burst}").status_code for person in (one, two)] == [404, 200]
        assert (len(one.photos()), len(two.photos()), two.archived()) == (1, 3, 3)

        exposed = whole.counted("exposed")
        interrupted = one.take(2, Prefer="respond-async")["id"]
        until(lambda: whole.counted("exposed") > exposed, WITHIN_SECONDS)
        whole.kill_service()
        whole.start_service()
        until_idle(operator)
        until(lambda: len(operator.photos()) == exposed + 1, WITHIN_SECONDS)
        assert one.captures() >= {ids[one], interrupted}
        assert one.http.get(f"{API}/captures/{interrupted}").status_code == 200
        assert two.http.get(f"{API}/captures/{interrupted}").status_code == 404
        assert (len(two.photos()), two.archived(), len(two.captures())) == (3, 3, 3)
        assert one.photos().isdisjoint(two.photos())
