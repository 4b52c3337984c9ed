"""Wherever a status is shown, names of other people's sessions are not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic.access.permission import Role
from photonic.access.principal import Means, Principal
from photonic.model.sequence import SequenceKind, SequenceRequest
from photonic.service.http.status_feed import events

if TYPE_CHECKING:
    import httpx2

TOKEN = "a-token-of-the-operator"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
NAME = "annas-birthday"


async def busy() -> FakeController:
    """A controller with a capture and a sequence of somebody else."""
    controller = FakeController()
    async with asking(controller) as client:
        body = {"session_id": NAME, "sequence_number": 1}
        await client.post(f"{CAMERA}/capture", json=body, headers={"Prefer": "respond-async"})
        wanted = SequenceRequest(kind=SequenceKind.BURST, session_id=NAME, count=2)
        await client.post(f"{CAMERA}/sequences", json=wanted.model_dump(mode="json", exclude_none=True))
    assert controller.snapshot().sequence is not None
    return controller


def behind(controller: FakeController, anybody: Role) -> httpx2.AsyncClient:
    return asking(controller, token=TOKEN, allow_anonymous=anybody.value)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GUEST])
@pytest.mark.parametrize("route", [f"{CAMERA}/capture/status", "/api/v1/cameras"])
async def test_a_status_has_no_names_of_others(route: str, role: Role) -> None:
    async with behind(await busy(), role) as client:
        shown = await client.get(route)
        whole = await client.get(route, headers=OPERATOR)
    assert (shown.status_code, whole.status_code) == (200, 200)
    assert NAME not in shown.text
    assert NAME in whole.text
    assert shape(shown.json()) == shape(whole.json())


async def test_a_guest_sees_the_name_of_its_own_session() -> None:
    async with behind(FakeController(), Role.GUEST) as client:
        body = {"session_id": "own", "sequence_number": 1}
        await client.post(f"{CAMERA}/capture", json=body, headers={"Prefer": "respond-async"})
        shown = (await client.get(f"{CAMERA}/capture/status")).json()
    assert (shown["session_id"], shown["captures"][0]["session_id"]) == ("own", "own")


async def test_events_show_what_the_viewer_may_see_at_that_moment() -> None:
    controller = await busy()
    who = Principal("token", "token", Role.OPERATOR, Means.BEARER)
    stream = events(controller, lambda: who)
    assert (await anext(stream)).startswith(b"retry")
    assert NAME.encode() in await anext(stream)
    who = replace(who, role=Role.GUEST)
    assert NAME.encode() not in (event := await anext(stream))
    assert json.loads(event.partition(b"data: ")[2])["sequence"]["session_id"] == ""
    await stream.aclose()


def shape(value: object) -> object:
    """The names of the fields, at all depths."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in cast("dict[str, object]", value).items()}
    return [shape(one) for one in cast("list[object]", value)] if isinstance(value, list) else None
