"""The API reference: for people at ``/docs``, for programs at ``/asyncapi.json`` (next to ``/openapi.json``)."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Literal

from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from photonic.access.permission import Permission
from photonic.service.http.asyncapi import asyncapi_document
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

_LIST = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)


def add_reference(app: FastAPI, page: Path | None) -> None:
    """Add the routes. ``page``: the folder of the web page, with Swagger UI; without it, ``/docs`` is a plain list."""
    viewer = None if page is None or not (page / "docs.html").is_file() else page / "docs.html"

    @cache
    def document() -> bytes:
        return bytes(JSONResponse(asyncapi_document(app.version)).body)

    @app.get("/docs", include_in_schema=False)
    @needs(Permission.WATCH, page=True)
    async def docs(form: Literal["list"] | None = None) -> Response:
        if viewer is not None and form is None:
            return FileResponse(viewer, headers={"Cache-Control": "no-cache"})
        return HTMLResponse(_LIST.format(title="photonic API reference", body=_route_list(app)))

    @app.get("/openapi.json", include_in_schema=False)
    @needs(Permission.WATCH)
    async def openapi() -> Response:
        return JSONResponse(app.openapi())

    @app.get("/asyncapi.json", include_in_schema=False)
    @needs(Permission.WATCH)
    async def asyncapi() -> Response:
        return Response(document(), media_type="application/json")


def _route_list(app: FastAPI) -> str:
    schema = app.openapi()
    rows = [
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', ''))}</td></tr>"
        for path, operations in sorted(schema["paths"].items())
        for method, operation in operations.items()
    ]
    head = "<thead><tr><th>Method</th><th>Path</th><th>Description</th></tr></thead>"
    return (
        '<p>Requests are described in full at <a href="/openapi.json">/openapi.json</a>, WebSockets and events at '
        '<a href="/asyncapi.json">/asyncapi.json</a>. The live WebSocket is '
        "<code>/api/v1/camera/liveview/stream</code>.</p>"
        f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"
    )
