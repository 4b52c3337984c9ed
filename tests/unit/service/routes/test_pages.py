from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.asking import asking
from tests.fakes.station import FakeStation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<title>the page</title>")
    (tmp_path / "app.js").write_text("export {}")
    return tmp_path


async def test_the_page_and_its_files(page: Path) -> None:
    async with asking(FakeStation(), page=page) as client:
        front = await client.get("/")
        script = await client.get("/static/app.js")
        above = await client.get("/static/..%2Fsecret")
    assert "the page" in front.text
    assert script.headers["content-type"].startswith("text/javascript")
    assert above.status_code == 404


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_nothing_comes_from_another_host(path: str) -> None:
    async with asking(FakeStation()) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert "://" not in answer.text
    assert "<script" not in answer.text
