from __future__ import annotations

import asyncio
import time

import pytest
from tests.support.asking import app_context_behind, asking
from tests.support.fake_controller import JPEG, FakeController

from photonic.access.links import LinkScope
from photonic.access.permission import Role
from photonic.model.status import CameraState
from photonic.protocol.multipart import CONTENT_TYPE

SNAPSHOTS = ("/?action=snapshot", "/snapshot", "/snapshot.jpg")
STREAMS = ("/?action=stream", "/stream", "/stream.mjpg")
TOKEN = "four-words-for-the-lens"


@pytest.fixture(autouse=True)
def old_frames_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be slow."""
    monkeypatch.setattr("photonic.service.http.routes.snapshot.PICTURE_AGE_SECONDS", 3600.0)


@pytest.mark.parametrize("path", SNAPSHOTS)
async def test_a_snapshot_is_the_newest_frame_with_the_time_of_day(path: str) -> None:
    controller = FakeController()
    controller.publish()
    async with asking(controller) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, JPEG, "image/jpeg")
    stamp = answer.headers["x-timestamp"]
    assert time.time() - 60 < float(stamp) <= time.time()
    assert len(stamp.partition(".")[2]) == 6


@pytest.mark.parametrize("path", [*STREAMS, *SNAPSHOTS])
async def test_head_neither_starts_live_view_nor_waits_for_a_frame(path: str) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == (CONTENT_TYPE if path in STREAMS else "image/jpeg")
        assert (controller.hub.wanted, controller.watched.is_set()) == (False, False)


@pytest.mark.parametrize("query", ["", "?action=", "?action=command", "?Action=stream", "?action=x&action=stream"])
async def test_everything_else_is_the_front_page(query: str) -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(f"/{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_nothing_is_posted_to_an_action() -> None:
    async with asking(FakeController()) as client:
        assert (await client.post("/?action=stream")).status_code == 405


@pytest.mark.parametrize("path", [*SNAPSHOTS[1:], *STREAMS[1:]])
async def test_the_addresses_can_be_turned_off(path: str) -> None:
    controller = FakeController()
    controller.publish()
    async with asking(controller, streamer_addresses=False) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/?action=snapshot")).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("root_path", ["/booth1", "/booth1/deep"])
async def test_they_are_below_the_prefix_of_a_proxy(root_path: str) -> None:
    controller = FakeController()
    controller.publish()
    async with asking(controller, root_path=root_path, allow_anonymous="viewer") as client:
        answers = [await client.get(prefix + "/?action=snapshot") for prefix in ("", root_path)]
    assert [answer.content for answer in answers] == [JPEG, JPEG]


async def test_one_of_several_cameras_is_named() -> None:
    first, second = FakeController("left", serial="1"), FakeController("right", serial="2")
    first.publish()
    second.publish(JPEG + b"right\xff\xd9")
    async with asking(first, second) as client:
        assert (await client.get("/?action=snapshot")).content == JPEG
        assert (await client.get("/?action=snapshot&camera=right")).content != JPEG
        assert (await client.get("/snapshot?camera=2")).content != JPEG
        assert (await client.get("/snapshot?camera=nobody")).status_code == 404


async def test_nobody_gets_in_without_a_right() -> None:
    controller = FakeController()
    controller.publish()
    async with asking(controller, token=TOKEN) as client:
        for path in (*SNAPSHOTS, *STREAMS):
            assert (await client.get(path)).status_code == 401
            assert (await client.head(path)).status_code == 401
        for path in SNAPSHOTS:
            assert (await client.get(path, auth=("any", TOKEN))).content == JPEG


async def test_a_link_opens_the_camera_that_it_names_and_no_other() -> None:
    first, second = FakeController("left", serial="1"), FakeController("right", serial="2")
    first.publish()
    first.publish()
    second.publish()
    async with asking(first, second, token=TOKEN) as client:
        context = app_context_behind(client)
        now = context.time.monotonic()
        _, signature = context.access.links.make(LinkScope.parse("live:right"), Role.VIEWER, now, 60.0, made_by="me")
        allowed = f"signature={signature}"
        for path in ("/?action=snapshot&", "/snapshot.jpg?"):
            assert (await client.get(f"{path}camera=right&{allowed}")).status_code == 200
            for other in ("", "camera=left&", "camera=left&camera=right&", "camera=&"):
                assert (await client.get(f"{path}{other}{allowed}")).status_code in {401, 403}, other
        twice = await client.get(f"/snapshot?camera=right&camera=left&{allowed}")
        assert twice.headers["x-sequence"] == "1"


async def test_a_camera_that_is_away_is_not_waited_for() -> None:
    controller = FakeController()
    controller.camera_state = CameraState.ABSENT
    async with asking(controller) as client:
        async with asyncio.timeout(30):
            answers = [(await client.get(path)).status_code for path in SNAPSHOTS]
    assert answers == [503, 503, 503]
