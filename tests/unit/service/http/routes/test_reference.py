from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.service.http.asyncapi import asyncapi_document

PAGE = Path(web.__file__).parent


async def test_the_docs_list_every_route() -> None:
    async with asking(FakeController()) as client:
        listed = (await client.get("/docs")).text
        schema = (await client.get("/openapi.json")).json()
        assert (await client.get("/redoc")).status_code == 404
    assert len(schema["paths"]) > 20
    assert all(path in listed for path in schema["paths"])


@pytest.mark.parametrize("form", ["", "?form=list"])
async def test_with_the_page_there_is_a_viewer_and_the_list_beside_it(form: str) -> None:
    async with asking(FakeController(), page=PAGE) as client:
        answer = await client.get(f"/docs{form}")
        assert (await client.get("/docs?form=other")).status_code == 422
    assert ("swagger-ui" in answer.text) is (form == "")
    assert "://" not in answer.text
    assert "<style" not in answer.text


async def test_the_sockets_have_a_document_of_their_own() -> None:
    async with asking(FakeController(), token="a-token-of-this-test-only") as client:
        assert (await client.get("/asyncapi.json")).status_code == 401
        client.headers["Authorization"] = "Bearer a-token-of-this-test-only"
        answer = await client.get("/asyncapi.json")
        version = (await client.get("/openapi.json")).json()["info"]["version"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == asyncapi_document(version)


def test_vendored_files_have_their_licence() -> None:
    assert "Apache License" in (PAGE / "vendor" / "swagger-ui" / "LICENSE").read_text()
    assert (PAGE / "vendor" / "swagger-ui" / "NOTICE").is_file()
