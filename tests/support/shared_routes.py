"""One set of routes for all applications that a test process makes.

FastAPI takes half a second for the routes of an application, which is more than most tests take. Routes hold no state:
what they act on is the application's ``state``.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from fastapi import APIRouter

from photonic.service import app
from photonic.service.http.routes import table

if TYPE_CHECKING:
    from collections.abc import Callable


def _makes_a_router(value: object) -> bool:
    return callable(value) and getattr(value, "__name__", "").endswith("_router")


@functools.cache
def install() -> None:
    """From here on, ``create_app`` includes the routers that were made first."""
    shared: list[APIRouter] = []
    included: dict[tuple[int, str], Any] = {}
    include = APIRouter.include_router

    @functools.cache
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

    def share(made: Any) -> Any:
        return once(made) if _makes_a_router(made) else made

    for module in (app, table):
        for name, value in list(vars(module).items()):
            if isinstance(value, tuple):
                several = cast("tuple[object, ...]", value)
                setattr(module, name, tuple(share(one) for one in several))
            else:
                setattr(module, name, share(value))
    APIRouter.include_router = include_shared
