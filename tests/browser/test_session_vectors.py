"""The page's session machine, in a real Chromium, against the vectors that the Python machine is held against."""

from __future__ import annotations

import json
import mimetypes
from typing import TYPE_CHECKING, Any

from tests.browser.scenic import PAGE
from tests.unit.protocol.session_vectors import VECTORS

if TYPE_CHECKING:
    from playwright.async_api import Route
    from tests.browser.visitor import Visitor

# Nothing is listening there: every request is answered from the folder.
HOST = "http://page.invalid"

PLAY = """async (vectors) => {
  const { Session } = await import("/session/session.js");
  const inputs = {
    start: () => ({ type: "start" }), stop: () => ({ type: "stop" }), tick: () => ({ type: "tick" }),
    opened: (gen) => ({ type: "opened", gen }), closed: (gen, code) => ({ type: "closed", gen, code }),
    frame: (gen, seq, valid) => ({ type: "frame", gen, seq, valid }),
    push: (gen, snapshot) => ({ type: "snapshot", gen, snapshot }),
    answer: (req, snapshot) => ({ type: "snapshot", req, snapshot }),
    status_error: (req, status) => ({ type: "status_error", req, status }),
  };
  return vectors.map(({ jitter, give_up_after: giveUpAfter, steps }) => {
    const session = new Session({ jitter: () => jitter, giveUpAfter });
    return steps.map(([now, [type, ...rest]]) => session.handle(inputs[type](...rest), now).map(Object.values));
  });
}"""


async def _answer_from_folder(route: Route) -> None:
    path = route.request.url.removeprefix(HOST).lstrip("/")
    if path:
        await route.fulfill(body=(PAGE / path).read_bytes(), content_type=mimetypes.guess_type(path)[0])
    else:
        await route.fulfill(body="<title>nothing</title>", content_type="text/html")


async def test_the_machine_does_as_the_vectors_say(visitor: Visitor) -> None:
    vectors: list[dict[str, Any]] = json.loads(VECTORS.read_text())
    await visitor.page.route(f"{HOST}/**", _answer_from_folder)
    await visitor.page.goto(HOST)
    played = await visitor.page.evaluate(PLAY, vectors)
    differences = [
        f"{vector['name']} at {now}: {words} gave {outputs}, not {expected}"
        for vector, told in zip(vectors, played, strict=True)
        for (now, words, expected), outputs in zip(vector["steps"], told, strict=True)
        if outputs != expected
    ]
    assert not differences, "\n".join(differences[:3])
