"""The pages for browsers, which load nothing from other hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.requests import Request

_FRAME = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)

_REVALIDATE = "no-cache"

# Further pages, next to the front page.
VIEW = "/view"
PAGES = {"/booth": "booth.html", "/gallery": "gallery.html", "/operator": "operator.html", VIEW: "view.html"}


def add_pages(app: FastAPI, page: Path | None) -> None:
    """Serve the folder ``page`` at ``/`` and ``/static/``; ``None``: a plain front page with links."""

    if page is not None:
        for path, name in PAGES.items():
            links = [ScopeKind.LIVE] if path == VIEW else []
            app.add_route(path, _page(page / name, links), include_in_schema=False)

    @app.get("/", include_in_schema=False)
    @needs(Permission.WATCH, page=True)
    async def front() -> Response:
        if page is not None:
            return FileResponse(page / "index.html", headers={"Cache-Control": _REVALIDATE})
        links = '<p><a href="docs">API reference</a>, <a href="health">health</a></p>'
        return HTMLResponse(_FRAME.format(title="photonic", body=links))

    if page is not None:
        app.mount("/static", _Files(directory=page), name="static")


class _Files(StaticFiles):
    """Browsers must revalidate every file (304 if unchanged), so that a page never mixes two versions."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """See ``StaticFiles``."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = _REVALIDATE
        return response


def _page(file: Path, links: Sequence[ScopeKind]) -> Callable[[Request], Awaitable[Response]]:
    @needs(Permission.WATCH, links=links, page=True)
    async def page(_request: Request) -> Response:
        return FileResponse(file, headers={"Cache-Control": _REVALIDATE})

    return page
