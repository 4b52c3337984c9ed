"""The right of a command on the service's machine: a token of its own, as short as possible, and for loopback only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

import pytest

from photonic.access.permission import Role
from photonic.cli import machine_right
from photonic.cli.machine_right import as_operator
from photonic.errors import BadInput, ServiceError
from photonic.model.access import AccessAnswer
from photonic.serving.token_file import edited_tokens, read_tokens

if TYPE_CHECKING:
    from pathlib import Path

NOON = "2026-05-01T12:00:00+00:00"
HERE, ELSEWHERE = "http://127.0.0.1:8000", "http://192.0.2.7:8000"


class FakeService:
    """Reads the tokens' file after ``looks`` looks; ``sent``: the tokens that clients came with."""

    def __init__(self, folder: Path, looks: int = 0, *, trusts: bool = False) -> None:
        self.folder, self.looks, self.trusts = folder, looks, trusts
        self.sent: list[str | None] = []

    def role_of(self, token: str | None) -> str | None:
        if token is None:
            return "operator" if self.trusts else None
        self.looks -= 1
        known = self.looks < 0 and read_tokens(self.folder).find(token, 0.0) is not None
        return "operator" if known else None


class FakeClient:
    """In the place of ``CameraClient``."""

    service: FakeService

    def __init__(self, _url: str, token: str | None = None, ssl_context: object = None) -> None:
        self._token = token
        self.service.sent.append(token)
        self.access = self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass

    async def who(self) -> AccessAnswer:
        role: Any = self.service.role_of(self._token)
        return AccessAnswer(name=None, role=role, means=None, ends_in_seconds=None, pin_set=False, may=())


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    fake = FakeService(tmp_path)
    monkeypatch.setattr(FakeClient, "service", fake, raising=False)
    monkeypatch.setattr(machine_right, "CameraClient", FakeClient)
    monkeypatch.setattr(machine_right, "FIRST_LOOK_SECONDS", 0.0)
    monkeypatch.setattr(machine_right, "LOOK_EVERY_SECONDS", 0.0)
    return fake


async def role(client: Any) -> str | None:
    shown: AccessAnswer = await client.who()
    return shown.role


@pytest.mark.parametrize("looks", [0, 3])
def test_a_command_adds_a_token_waits_until_it_is_known_and_removes_it(service: FakeService, looks: int) -> None:
    service.looks = looks
    assert as_operator(HERE, None, None, service.folder, role) == "operator"
    assert [token is None for token in service.sent] == [True, False]
    assert read_tokens(service.folder).records == ()


def test_it_is_removed_after_a_failure_too(service: FakeService) -> None:
    async def refused(_client: Any) -> None:
        raise ServiceError("no", status=422)

    with pytest.raises(ServiceError):
        as_operator(HERE, None, None, service.folder, refused)
    assert read_tokens(service.folder).records == ()


def test_no_token_is_added_where_this_machine_is_trusted(service: FakeService) -> None:
    service.trusts = True
    assert as_operator(HERE, None, None, service.folder, role) == "operator"
    assert not (service.folder / "tokens.json").exists()


@pytest.mark.parametrize(("url", "token"), [(HERE, "given"), (ELSEWHERE, None), (ELSEWHERE, "given")])
def test_none_is_added_beside_a_given_one_or_for_another_machine(
    service: FakeService, url: str, token: str | None
) -> None:
    assert as_operator(url, token, None, service.folder, role) is None
    assert service.sent == [token]
    assert not (service.folder / "tokens.json").exists()


def test_a_service_with_another_state_folder_is_told_apart(service: FakeService) -> None:
    service.looks = 100
    with pytest.raises(BadInput, match="--state-folder"):
        as_operator(HERE, None, None, service.folder, role)
    assert read_tokens(service.folder).records == ()


def test_what_a_killed_command_left_is_removed_and_nothing_else(service: FakeService) -> None:
    left = [f"command-{os.getpid()}-00112233445566aa", "command-desk", "command-99999999", "stage"]
    with edited_tokens(service.folder) as table:
        table.add("command-99999999-00112233445566aa", Role.OPERATOR, 60.0, NOON)
        for name in left:
            table.add(name, Role.GUEST, None, NOON)
    as_operator(HERE, None, None, service.folder, role)
    assert [record.name for record in read_tokens(service.folder).records] == left
