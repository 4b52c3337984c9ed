from __future__ import annotations

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic.access.control import ELEVATED_SECONDS
from photonic.access.tries import FREE_TRIES

OPERATOR = "/api/v1/operator"
PIN = "2468"
OF_PAGE = {"Origin": "http://127.0.0.1:8000"}


async def test_the_pin_opens_the_settings_to_this_browser_until_it_is_locked_again() -> None:
    async with asking(FakeController(), operator_pin=PIN) as client:
        assert (await client.get(OPERATOR, headers=OF_PAGE)).json()["unlocked"] is False
        locked = await client.put(f"{CAMERA}/profile", json={"name": None}, headers=OF_PAGE)
        assert (locked.status_code, locked.json()["type"]) == (403, "urn:photonic:problem:pin_needed")
        assert "PIN" in locked.json()["detail"]

        opened = await client.post(OPERATOR, json={"pin": PIN}, headers=OF_PAGE)
        answer = opened.json()
        assert 0 < answer.pop("elevated_seconds") <= ELEVATED_SECONDS
        assert answer == {"pin_set": True, "unlocked": True}
        assert "httponly" in opened.headers["set-cookie"].lower()
        assert PIN not in opened.headers["set-cookie"]
        assert (await client.get(OPERATOR)).json()["unlocked"] is True
        assert (await client.put(f"{CAMERA}/profile", json={"name": None}, headers=OF_PAGE)).status_code == 200

        assert (await client.delete(OPERATOR, headers=OF_PAGE)).json()["unlocked"] is False
        assert (await client.put(f"{CAMERA}/profile", json={"name": None}, headers=OF_PAGE)).status_code == 403


async def test_programs_need_no_pin() -> None:
    async with asking(FakeController(), operator_pin=PIN) as client:
        assert (await client.put(f"{CAMERA}/profile", json={"name": None})).status_code == 200


async def test_without_a_pin_pages_may_do_everything() -> None:
    async with asking(FakeController()) as client:
        assert (await client.get(OPERATOR)).json() == {"pin_set": False, "unlocked": True}
        assert (await client.put(f"{CAMERA}/profile", json={"name": None}, headers=OF_PAGE)).status_code == 200


async def test_guesses_are_counted_and_slowed_down() -> None:
    async with asking(FakeController(), operator_pin=PIN) as client:
        wrong = await client.post(OPERATOR, json={"pin": "0000"})
        assert (wrong.status_code, wrong.json()["type"]) == (403, "urn:photonic:problem:pin_wrong")
        assert wrong.json()["tries_left"] == FREE_TRIES - 1
        for _guess in range(FREE_TRIES - 1):
            wrong = await client.post(OPERATOR, json={"pin": "0000"})
        right = await client.post(OPERATOR, json={"pin": PIN})
    assert wrong.status_code == right.status_code == 429
    assert right.json()["type"] == "urn:photonic:problem:pin_wait"
    assert 0 < int(right.headers["retry-after"]) <= 30
    assert "set-cookie" not in right.headers


@pytest.mark.parametrize("body", [{}, {"pin": "12"}, {"pin": "12ab"}, {"pin": 2468}, {"pin": PIN, "more": 1}])
async def test_an_invalid_pin_does_not_count_as_a_try(body: dict[str, object]) -> None:
    async with asking(FakeController(), operator_pin=PIN) as client:
        for _again in range(FREE_TRIES + 1):
            assert (await client.post(OPERATOR, json=body)).status_code == 422
        assert (await client.post(OPERATOR, json={"pin": PIN})).status_code == 200
