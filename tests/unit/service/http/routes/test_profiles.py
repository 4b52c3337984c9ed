from __future__ import annotations

from typing import Any

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController


async def test_profiles_are_listed_with_the_active_one() -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(f"{CAMERA}/profiles")
    assert answer.json() == {
        "active": None,
        "profiles": {"studio": {"live": {}, "capture": {"iso": 100}}, "dark": {"live": {"iso": 6400}, "capture": {}}},
    }


@pytest.mark.parametrize("name", ["studio", None])
async def test_one_is_chosen_or_none(name: str | None) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.put(f"{CAMERA}/profile", json={"name": name})
    assert (answer.status_code, answer.json()["active"], controller.profiles.active) == (200, name, name)


@pytest.mark.parametrize("body", [{"name": "moon"}, {}, {"name": 7}, {"name": "x" * 65}, {"nam": "studio"}, [], None])
async def test_an_invalid_choice_is_refused(body: Any) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.put(f"{CAMERA}/profile", json=body)
    assert answer.status_code == 422
    assert controller.profiles.active is None
