"""The file of the named tokens: whole or unchanged, its owner's only, and safe against two commands at once."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from photonic.access.credentials import hashed
from photonic.access.permission import Role
from photonic.errors import BadInput
from photonic.serving.token_file import FIRST, TOKENS_FILE, edited_tokens, make_first_token, read_tokens

if TYPE_CHECKING:
    from pathlib import Path

NOON = "2026-05-01T12:00:00+00:00"


def add(folder: Path, name: str) -> str:
    with edited_tokens(folder) as table:
        return table.add(name, Role.GUEST, None, NOON)


def test_without_a_file_there_are_no_tokens(tmp_path: Path) -> None:
    assert read_tokens(tmp_path / "absent").records == ()


def test_a_token_is_kept_as_a_hash_that_only_its_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    secret = add(folder, "stage")
    (record,) = read_tokens(folder).records
    assert (record.name, record.role, record.hash) == ("stage", Role.GUEST, hashed(secret))
    assert secret not in (folder / TOKENS_FILE).read_text()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_an_edit_that_fails_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    add(tmp_path, "stage")
    before = (tmp_path / TOKENS_FILE).read_bytes()
    files = set(tmp_path.iterdir())
    with pytest.raises(BadInput, match="exists"):
        add(tmp_path, "stage")
    assert (tmp_path / TOKENS_FILE).read_bytes() == before
    assert set(tmp_path.iterdir()) == files


def test_edits_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [f"token-{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(partial(add, tmp_path), names))
    records = read_tokens(tmp_path).records
    assert sorted(record.name for record in records) == sorted(names)
    assert {record.hash for record in records} == {hashed(secret) for secret in secrets}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"tokens": [', b"\xff\xfe", b'{"tokens": [{"name": "x"}]}'])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / TOKENS_FILE).write_bytes(content)
    for attempt in (lambda: read_tokens(tmp_path), lambda: add(tmp_path, "stage")):
        with pytest.raises(BadInput) as refused:
            attempt()
        assert refused.value.field == "state_folder" or TOKENS_FILE in refused.value.reason
    assert (tmp_path / TOKENS_FILE).read_bytes() == content


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    with pytest.raises(BadInput, match="belongs to another user"):
        add(tmp_path, "stage")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "tokens.lock").symlink_to(target)
    with pytest.raises(BadInput, match="cannot be used"):
        add(folder, "stage")
    assert not target.exists()


def test_a_state_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(BadInput, match="cannot be used"):
        add(tmp_path / "state", "stage")


def test_the_first_token_is_made_once_and_only_where_there_is_none(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make_first_token, [tmp_path] * 4, [NOON] * 4))
    (secret,) = filter(None, made)
    (record,) = read_tokens(tmp_path).records
    assert (record.name, record.role, record.hash) == (FIRST, Role.OPERATOR, hashed(secret))


def test_no_first_token_is_made_beside_another(tmp_path: Path) -> None:
    add(tmp_path, "stage")
    assert make_first_token(tmp_path, NOON) is None
    assert [record.name for record in read_tokens(tmp_path).records] == ["stage"]
