"""The API reference: for people at ``/docs``, for programs at ``/asyncapi.json`` (next to ``/openapi.json``)."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from photonic.access.permission import Permission
from photonic.service.http.access import route_permissions
from photonic.service.http.asyncapi import asyncapi_document, at_address
from photonic.service.http.openapi import with_access
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from photonic.service.http.context import AppContext

_LIST = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)


def add_reference(app: FastAPI, page: Path | None) -> None:
    """Add the routes. ``page``: the folder of the web page, with Swagger UI; without it, ``/docs`` is a plain list."""
    viewer = None if page is None or not (page / "docs.html").is_file() else page / "docs.html"

    @cache
    def document() -> dict[str, Any]:
        return asyncapi_document(app.version)

    @cache
    def described() -> dict[str, Any]:
        app_context: AppContext = app.state.app_context
        table = route_permissions(app, app_context).table
        return with_access(app.openapi(), table, app_context.access.policy.session_cookie(secure=False))

    @app.get("/docs", include_in_schema=False)
    @needs(Permission.WATCH, page=True)
    async def docs(form: Literal["list"] | None = None) -> Response:
        if viewer is not None and form is None:
            return FileResponse(viewer, headers={"Cache-Control": "no-cache"})
        return HTMLResponse(_LIST.format(title="photonic API reference", body=_route_list(app)))

    @app.get("/openapi.json", include_in_schema=False)
    @needs(Permission.WATCH)
    async def openapi(request: Request) -> Response:
        root: str = request.scope.get("root_path", "")
        # Relative to this document: https://spec.openapis.org/oas/v3.1.0#server-object.
        return JSONResponse({**described(), **({"servers": [{"url": root}]} if root else {})})

    @app.get("/asyncapi.json", include_in_schema=False)
    @needs(Permission.WATCH)
    async def asyncapi(request: Request) -> Response:
        return JSONResponse(at_address(document(), request.base_url))


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
        '<p>Requests are described in full at <a href="openapi.json">/openapi.json</a>, WebSockets and events at '
        '<a href="asyncapi.json">/asyncapi.json</a>. The live WebSocket is '
        "<code>/api/v1/camera/liveview/stream</code>.</p>"
        f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"
    )
