"""One set of routes for all applications that a test process makes.

FastAPI takes half a second for the routes of an application, which is more than most tests take. Routes hold no state:
what they act on is the application's ``state``.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from photonic.service import app as application

if TYPE_CHECKING:
    from collections.abc import Callable


@functools.cache
def install() -> None:
    """From here on, ``create_app`` includes the routers that it made first."""
    shared: list[APIRouter] = []
    included: dict[tuple[int, str], Any] = {}
    include = APIRouter.include_router

    def once(make: Callable[[], APIRouter]) -> Callable[[], APIRouter]:
        @functools.cache
        def made() -> APIRouter:
            shared.append(make())
            return shared[-1]

        return made

    def include_shared(self: APIRouter, router: APIRouter, *, prefix: str = "", **options: Any) -> None:
        if (id(router), prefix) in included:
            self.routes.append(included[id(router), prefix])
            self._mark_routes_changed()
            return
        include(self, router, prefix=prefix, **options)
        if any(router is one for one in shared):
            included[id(router), prefix] = self.routes[-1]

    for name, make in list(vars(application).items()):
        if name.endswith("_router"):
            setattr(application, name, once(make))
    APIRouter.include_router = include_shared
