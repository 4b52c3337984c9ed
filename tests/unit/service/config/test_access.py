"""What the settings say of access: weak tokens are refused, and each combination has one policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.access.permission import Role
from photonic.errors import BadInput
from photonic.service.config.access import access_policy, is_in_network, needs_first_token, refuse_weak_token
from photonic.service.config.settings import ServiceSettings
from photonic.service.config.sources import read_settings

if TYPE_CHECKING:
    from pathlib import Path

STRONG = "5a0e.c913_77fd~b842"


def settings(folder: Path, **given: object) -> ServiceSettings:
    return ServiceSettings.model_validate({"photo_root": folder, "state_folder": folder / "state", **given})


@pytest.mark.parametrize("token", [None, STRONG])
def test_no_token_and_a_strong_one_are_accepted(tmp_path: Path, token: str | None) -> None:
    refuse_weak_token(settings(tmp_path, token=token))


@pytest.mark.parametrize("token", ["choose-your-own-token", "photobooth-photobooth", "0123456789abcdef"])
def test_a_weak_token_is_refused_without_quoting_it(tmp_path: Path, token: str) -> None:
    with pytest.raises(BadInput) as refused:
        refuse_weak_token(settings(tmp_path, token=token))
    assert refused.value.field == "token"
    assert token not in refused.value.reason
    assert "photonic token add" in refused.value.reason


def test_a_weak_token_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(BadInput, match="easy to guess"):
        refuse_weak_token(read_settings({"photo_root": tmp_path, "token_file": tmp_path / "token"}))


@pytest.mark.parametrize(
    ("given", "in_network", "needs_token"),
    [
        ({}, False, False),
        ({"host": "0.0.0.0"}, True, True),
        ({"host": "192.0.2.7", "loopback_role": "operator"}, True, True),
        ({"host": "::", "token": STRONG}, True, False),
        ({"host": "::", "allow_anonymous": "guest"}, True, False),
        ({"host": "::", "allow_anonymous": True}, True, False),
        ({"host": "0.0.0.0", "uds": "/run/photonic.sock"}, False, False),
    ],
)
def test_a_first_token_is_needed_in_a_network_where_nothing_else_is_said(
    tmp_path: Path, given: dict[str, object], in_network: bool, needs_token: bool
) -> None:
    shown = settings(tmp_path, **given)
    assert (is_in_network(shown), needs_first_token(shown)) == (in_network, needs_token)


@pytest.mark.parametrize(
    ("allowed", "role", "until_token"),
    [
        (False, None, False),
        (True, Role.OPERATOR, True),
        ("operator", Role.OPERATOR, False),
        ("guest", Role.GUEST, False),
        ("viewer", Role.VIEWER, False),
        ("true", Role.OPERATOR, True),
        ("false", None, False),
    ],
)
def test_allow_anonymous_without_a_role_holds_until_there_is_a_token(
    tmp_path: Path, allowed: object, role: Role | None, until_token: bool
) -> None:
    policy = access_policy(settings(tmp_path, allow_anonymous=allowed))
    assert (policy.anonymous, policy.anonymous_until_token) == (role, until_token)
