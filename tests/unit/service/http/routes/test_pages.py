from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import FakeController

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<title>the page</title>")
    (tmp_path / "booth.html").write_text("<title>the booth</title>")
    (tmp_path / "view.html").write_text("<title>the view</title>")
    (tmp_path / "gallery.html").write_text("<title>the gallery</title>")
    (tmp_path / "app.js").write_text("export {}")
    return tmp_path


async def test_the_page_and_its_files(page: Path) -> None:
    async with asking(FakeController(), page=page) as client:
        front = await client.get("/")
        script = await client.get("/static/app.js")
        above = await client.get("/static/..%2Fsecret")
        gallery = await client.get("/gallery")
    assert "the page" in front.text
    assert "the gallery" in gallery.text
    assert script.headers["content-type"].startswith("text/javascript")
    assert above.status_code == 404


@pytest.mark.parametrize("path", ["/", "/booth", "/view"])
async def test_a_page_is_served_to_everyone_who_may_watch(page: Path, path: str) -> None:
    async with asking(FakeController(), page=page, token="a-token-of-more-than-sixteen") as client:
        stranger = await client.get(path, headers={"Accept": "text/html"})
        answer = await client.get(path, headers={"Authorization": "Bearer a-token-of-more-than-sixteen"})
        assert (await client.get("/static/app.js")).status_code in {200, 404}
    assert (stranger.status_code, stranger.headers["location"]) == (303, f"./sign-in?next={path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


async def test_files_are_revalidated_and_sent_only_if_they_have_changed(page: Path) -> None:
    async with asking(FakeController(), page=page) as client:
        first = await client.get("/static/app.js")
        again = await client.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})
        (page / "app.js").write_text("export default 1")
        changed = await client.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content, changed.status_code) == (304, b"", 200)


async def test_every_answer_forbids_inline_scripts_other_hosts_and_guessed_types(page: Path) -> None:
    async with asking(FakeController(), page=page) as client:
        answers = [await client.get(path) for path in ("/", "/docs", "/static/app.js", "/static/none.js")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_nothing_comes_from_another_host(path: str) -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert "://" not in answer.text
    assert "<script" not in answer.text
