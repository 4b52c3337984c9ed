"""The audit log: its newest entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError

from photonic.access.permission import Permission
from photonic.model.audit import AuditEntry, AuditPage
from photonic.service.http.routes.dependencies import Context
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE_LENGTH = 50
PAGE_LIMIT = 500


def audit_router() -> APIRouter:
    """The route, to be included under the API prefix."""
    router = APIRouter(prefix="/access/audit", tags=["access"])

    @router.get("", summary="Read the audit log")
    @needs(Permission.ADMINISTER)
    async def audit(app_context: Context, limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LENGTH) -> AuditPage:
        """Who signed in or failed, who deleted or changed something, who let others in; the newest first."""
        found = await app_context.audit_log.newest(limit)
        return AuditPage(entries=tuple(_entries(found)), omitted=app_context.audit_log.omitted)

    return router


def _entries(found: Iterable[dict[str, Any]]) -> Iterator[AuditEntry]:
    """The entries that are valid: somebody may have edited the file."""
    for entry in found:
        try:
            yield AuditEntry.model_validate(entry)
        except ValidationError:
            continue
