"""Modules of the page that ask the service: a late answer, or one of an earlier run, does not become the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.scenic import PAGE

if TYPE_CHECKING:
    from playwright.async_api import Page, Route
    from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="session")]

# Nothing is listening there: every request is answered from the folder.
HOST = "http://page.invalid"

# Requests wait until the test answers them, in whatever order.
ASKED = """() => {
  globalThis.asked = [];
  globalThis.fetch = (address) => new Promise((resolve) => globalThis.asked.push({ address, resolve }));
  globalThis.turn = () => new Promise((resolve) => setTimeout(resolve));
  globalThis.answer = (index, body) => globalThis.asked[index].resolve(new Response(JSON.stringify(body)));
}"""

SETTINGS = """async () => {
  const { Settings } = await import("/controls/settings.js");
  const settings = new Settings("/camera", () => {});
  settings.wanted = true;
  const told = (boot_id, rev) => settings.update(
    { boot_id, camera: { id: "1", state: "ready" }, settings: { rev, values: {} } }, true,
  );
  const read = async () => { while (settings.reading) await turn(); };
  told("old", 40);
  told("new", 3);
  answer(0, { rev: 41, settings: [{ name: "iso", value: "of the old run" }] });
  await read();
  told("new", 3);
  if (asked.length > 1) answer(1, { rev: 3, settings: [{ name: "iso", value: "of the new run" }] });
  await read();
  return settings.list?.[0].value;
}"""

GALLERY = """async () => {
  const { Pages } = await import("/gallery/pages.js");
  const waiting = [];
  const ask = () => new Promise((resolve) => waiting.push((ids) => {
    resolve({ items: ids.map((id) => ({ id })), total: ids.length, next_cursor: null });
    return turn();
  }));
  const pages = new Pages(ask, (item) => item.id, () => {});
  pages.need(1);
  await waiting[0](["a"]);
  const refreshes = [pages.refresh(), pages.refresh()];
  await turn();
  await waiting[2](["c", "b", "a"]);
  await waiting[1](["b", "a"]);
  await Promise.all(refreshes);
  return pages.items.map(({ id }) => id);
}"""

LOG = """async () => {
  const { Log } = await import("/operator/log.js");
  const list = document.body.appendChild(document.createElement("ul"));
  const log = new Log(list, document.createElement("p"));
  const at = "2026-01-01T00:00:00Z";
  const line = (run, number) => ({ number, at, level: "info", logger: "service", text: `${run} ${number}` });
  const lines = (run, first, last) => Array.from(
    { length: last - first + 1 }, (_each, index) => line(run, first + index),
  );
  log.after("old");
  log.take({ lines: lines("old", 1, 3), newest: 3 });
  const after = log.after("new");
  log.take({ lines: lines("new", after + 1, 5), newest: 5 });
  return [...list.children].map((each) => each.querySelector(".log-text").firstChild.textContent);
}"""


async def _answer_from_folder(route: Route) -> None:
    path = route.request.url.removeprefix(HOST).lstrip("/")
    if path:
        await route.fulfill(body=(PAGE / path).read_bytes(), content_type="text/javascript")
    else:
        await route.fulfill(body="<title>nothing</title>", content_type="text/html")


async def _bare_page(visitor: Visitor) -> Page:
    await visitor.page.route(f"{HOST}/**", _answer_from_folder)
    await visitor.page.goto(HOST)
    await visitor.page.evaluate(ASKED)
    return visitor.page


async def test_settings_that_an_ended_run_told_are_asked_for_again(visitor: Visitor) -> None:
    page = await _bare_page(visitor)
    assert await page.evaluate(SETTINGS) == "of the new run"


async def test_of_two_looks_at_the_gallery_the_later_one_counts(visitor: Visitor) -> None:
    page = await _bare_page(visitor)
    assert await page.evaluate(GALLERY) == ["c", "b", "a"]


async def test_the_log_of_a_new_run_is_read_from_its_first_line(visitor: Visitor) -> None:
    page = await _bare_page(visitor)
    assert await page.evaluate(LOG) == [f"new {number}" for number in range(1, 6)]
