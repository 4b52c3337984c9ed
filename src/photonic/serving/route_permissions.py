"""Knows what each route needs, before the router has found it: a request is refused before its body is read.

A route declares its permission with ``@needs(...)``. The table is read from the application's own routes, in their
order, so that it cannot differ from them; a route that declares nothing stops the service at its start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount

from photonic.access.decision import Need
from photonic.access.links import ScopeKind
from photonic.access.permission import Permission

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Sequence

    from starlette.routing import BaseRoute

    from photonic.access.caller import Caller

_DECLARED = "photonic_needs"
_Endpoint = TypeVar("_Endpoint", bound="Callable[..., Any]")
_PARAMETERS = {ScopeKind.PHOTO: "photo_id", ScopeKind.SESSION: "session_id", ScopeKind.LIVE: "camera_id"}
"""The parameter of the path that a scope names."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a route declares: its permission, the kinds of signed links that open it, whether it is a page.

    ``by_query``: its camera is the caller's ``camera``, as for a page, and not one that the path names.
    """

    permission: Permission
    links: tuple[ScopeKind, ...] = ()
    page: bool = False
    by_query: bool = False


def needs(
    permission: Permission, *, links: Iterable[ScopeKind] = (), page: bool = False, by_query: bool = False
) -> Callable[[_Endpoint], _Endpoint]:
    """Declare what a route needs; see ``Declared``."""
    declared = Declared(permission, tuple(links), page, by_query)

    def declare(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _DECLARED, declared)
        return endpoint

    return declare


def declared_needs(endpoint: Callable[..., Any] | None) -> Declared:
    """What a route's function declares. Raises ``TypeError`` if it declares nothing: a fault of the program."""
    declared = getattr(endpoint, _DECLARED, None)
    if isinstance(declared, Declared):
        return declared
    name = getattr(endpoint, "__qualname__", repr(endpoint))
    raise TypeError(f"{name} does not declare what it needs: add @needs(...)")


@dataclass(frozen=True, slots=True)
class PermittedRoute:
    """One route of the table; ``methods`` of a WebSocket or a folder of files is ``None``."""

    path: str
    methods: frozenset[str] | None
    pattern: re.Pattern[str]
    declared: Declared
    websocket: bool

    def parameters(self, caller: Caller) -> dict[str, str] | None:
        """The parameters in the path; ``None`` if the router does not hand this request to the route."""
        if self.websocket != caller.websocket or (self.methods is not None and caller.method not in self.methods):
            return None
        found = self.pattern.match(caller.path)
        return found.groupdict() if found is not None else None


class RoutePermissions:
    """The table of an application's routes.

    Args:
        routes: The application's routes.
        camera_names: The names of the camera that a path names; ``None``: of the default camera.
    """

    def __init__(self, routes: Sequence[BaseRoute], camera_names: Callable[[str | None], frozenset[str]]) -> None:
        self.table = [_permitted(route) for route in iter_route_contexts(routes)]
        self._camera_names = camera_names

    def need(self, caller: Caller) -> Need | None:
        """What the route of this request needs; ``None`` if there is no such route."""
        for route in self.table:
            parameters = route.parameters(caller)
            if parameters is not None:
                declared = route.declared
                if (declared.page or declared.by_query) and caller.camera is not None:
                    parameters[_PARAMETERS[ScopeKind.LIVE]] = caller.camera
                scopes = {kind: self._accepted(kind, parameters) for kind in declared.links}
                return Need(declared.permission, scopes, declared.page)
        return None

    def _accepted(self, kind: ScopeKind, parameters: dict[str, str]) -> frozenset[str] | None:
        value = parameters.get(_PARAMETERS[kind])
        if kind is ScopeKind.LIVE:
            return self._camera_names(value)
        return None if value is None else frozenset({value})


def _permitted(route: RouteContext) -> PermittedRoute:
    """One row. Raises ``TypeError`` for a route that declares no permission: a fault of the program."""
    pattern: re.Pattern[str] = route.path_regex
    path = route.path or ""
    if isinstance(route.route, Mount):
        return PermittedRoute(path, None, pattern, Declared(Permission.OPEN), websocket=False)
    declared = declared_needs(route.endpoint)
    methods = route.methods
    if methods is None:
        return PermittedRoute(path, None, pattern, declared, websocket=True)
    heads = {"HEAD"} if "GET" in methods else set[str]()
    return PermittedRoute(path, frozenset(methods | heads), pattern, declared, websocket=False)
