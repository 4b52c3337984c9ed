"""Requests that Schemathesis makes from the OpenAPI document, as each role and as a stranger, in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis.openapi
from hypothesis import HealthCheck, given, settings
from tests.support.asking import NOWHERE
from tests.support.fake_controller import FakeController

from photonic import web
from photonic.access.permission import Role
from photonic.access.tokens import TokenTable
from photonic.errors import FailureKind
from photonic.model.requester import NOBODY
from photonic.service.app import create_app
from photonic.service.config.settings import ServiceSettings

if TYPE_CHECKING:
    from tests.support.fake_controller import FakeCaptureJob

    from photonic.model.api import CaptureRequest
    from photonic.model.requester import Requester
    from photonic.service.http.context import AppContext

PAGE = Path(web.__file__).parent
ASKERS = (None, *Role)
"""A stranger, and each role."""
EXAMPLES = 4
"""Requests of each asker for each operation."""
ENDLESS = ("/stream.mjpg", "/stream", "/events")
"""Answers that have no end."""
SLOW = ("/diagnosis", "/diagnosis/doctor")
"""What asks the machine and runs other processes."""
DECLINED = frozenset({501, 503, 507})
"""What a camera or a disk does not do; not a fault of the service."""


class HastyController(FakeController):
    """A camera whose captures have failed as soon as they are accepted."""

    async def submit(
        self, request: CaptureRequest, idempotency_key: str | None, requester: Requester = NOBODY
    ) -> FakeCaptureJob:
        job = await super().submit(request, idempotency_key, requester)
        job.fail(FailureKind.CAMERA_BUSY, "the camera is busy")
        return job


def conforming() -> tuple[Any, dict[Role, str]]:
    """The schema of an application, and a token for each role."""
    app = create_app(ServiceSettings(photo_root=NOWHERE), [HastyController("booth")], PAGE)
    context: AppContext = app.state.app_context
    tokens = TokenTable()
    secrets = {role: tokens.add(role.value, role, None, "") for role in Role}
    context.access.replace_tokens(tokens)
    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", app, headers={"Authorization": f"Bearer {secrets[Role.OPERATOR]}", "Host": "localhost"}
    )
    return schema, secrets


@dataclass
class Findings:
    """Who asked what, the answers that are faults of the service, and those that the document does not name."""

    operations: set[str] = field(default_factory=set[str])
    asked: set[tuple[str, Role | None]] = field(default_factory=set[tuple[str, Role | None]])
    faults: set[str] = field(default_factory=set[str])
    undocumented: set[str] = field(default_factory=set[str])


@pytest.fixture(scope="module")
def findings() -> Findings:
    schema, secrets = conforming()
    found = Findings()
    for result in schema.get_all_operations():
        operation = result.ok()
        if not operation.path.endswith((*ENDLESS, *SLOW)):
            found.operations.add(operation.label)
            for asker in ASKERS:
                examine(operation, asker, secrets, found)
    return found


@pytest.mark.long
def test_every_asker_has_asked_each_operation(findings: Findings) -> None:
    assert {"GET /api/v1/diagnosis/log", "GET /api/v1/diagnosis/versions"} <= findings.operations
    assert {(label, asker) for label in findings.operations for asker in ASKERS} == findings.asked


@pytest.mark.long
def test_no_answer_is_a_fault_of_the_service(findings: Findings) -> None:
    assert sorted(findings.faults) == []


@pytest.mark.long
def test_every_answer_is_documented(findings: Findings) -> None:
    assert sorted(findings.undocumented) == []


def examine(operation: Any, asker: Role | None, secrets: dict[Role, str], found: Findings) -> None:
    """Let one asker ask one operation a few times."""
    documented = {str(status) for status in operation.definition.raw.get("responses", {})}
    headers = {"Host": "localhost"}
    if asker is not None:
        headers["Authorization"] = f"Bearer {secrets[asker]}"

    @settings(
        max_examples=EXAMPLES,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        if "wait_rev" in case.query:
            case.query["timeout_seconds"] = 0  # otherwise the answer may be half a minute away
        status = case.call(headers=headers).status_code
        found.asked.add((operation.label, asker))
        if status >= 500 and status not in DECLINED:
            found.faults.add(f"{operation.label}: {status} as {asker}")
        elif str(status) not in documented:
            found.undocumented.add(f"{operation.label}: {status} as {asker}")

    ask()
