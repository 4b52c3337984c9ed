"""The page's session machine, in a real Chromium, against the vectors that the Python machine is held against."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.support.scenic import PAGE
from tests.support.session_recording import RecordedSession
from tests.support.session_schedules import drawn
from tests.support.session_vectors import VECTORS

if TYPE_CHECKING:
    from playwright.async_api import Route
    from tests.browser.visitor import Visitor
    from tests.support.session_recording import Vector

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Nothing is listening there: every request is answered from the folder.
HOST = "http://page.invalid"

PLAY = """async (vectors) => {
  const { Session } = await import("/session/session.js");
  const { replay } = await import("/replay.mjs");
  return vectors.map((vector) => replay(Session, vector));
}"""
# Of the schedules that the hunt lives: their seeds, and how long.
HUNTED = range(40)
HUNTED_SECONDS = 6.0


async def _answer_from_folder(route: Route) -> None:
    path = route.request.url.removeprefix(HOST).lstrip("/")
    if path:
        file = VECTORS.with_name(path) if path.endswith(".mjs") else PAGE / path
        await route.fulfill(body=file.read_bytes(), content_type="text/javascript")
    else:
        await route.fulfill(body="<title>nothing</title>", content_type="text/html")


async def _differences(visitor: Visitor, vectors: list[Vector]) -> list[str]:
    await visitor.page.route(f"{HOST}/**", _answer_from_folder)
    await visitor.page.goto(HOST)
    played = await visitor.page.evaluate(PLAY, vectors)
    return [
        f"{vector['name']} at {now}: {words} gave {outputs}, not {expected}"
        for vector, reported in zip(vectors, played, strict=True)
        for (now, words, expected), outputs in zip(vector["steps"], reported, strict=True)
        if outputs != expected
    ]


async def test_the_machine_does_as_the_vectors_say(visitor: Visitor) -> None:
    differences = await _differences(visitor, json.loads(VECTORS.read_text()))
    assert not differences, "\n".join(differences[:3])


@pytest.mark.long
async def test_the_machine_does_as_the_python_one_did_in_schedules_of_the_hunt(visitor: Visitor) -> None:
    vectors: list[Vector] = []
    for seed in HUNTED:
        session = drawn(seed).lived(HUNTED_SECONDS, RecordedSession).session
        assert isinstance(session, RecordedSession)
        vectors.append(session.vector(f"seed {seed}"))
    assert sum(len(vector["steps"]) for vector in vectors) > 1000
    differences = await _differences(visitor, vectors)
    assert not differences, "\n".join(differences[:3])
