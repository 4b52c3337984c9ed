"""The audit log's files: private, rotated, whole, read from the newest entry on, and no reason to fail."""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.support.surroundings import THIS_MACHINE, timekeeping

from photonic.access.audit import AuditAction, AuditEvent
from photonic.serving.audit_log import FILES, NAME, AuditLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def deleted(number: int) -> AuditEvent:
    return AuditEvent(AuditAction.PHOTO_DELETED, who="anna", role="operator", what=f"photo {number}")


def ticking() -> Callable[[], float]:
    """A clock on which every quota is full again at each look."""
    return itertools.count(0, 3600).__next__


async def test_entries_are_lines_of_json_that_only_the_service_can_read(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, time=timekeeping(wall=lambda: datetime.fromtimestamp(1_800_000_000.5, UTC)))
    await audit.record(deleted(1))
    assert json.loads((tmp_path / NAME).read_text()) == {
        "at": "2027-01-15T08:00:00+00:00",
        "action": "photo_deleted",
        "who": "anna",
        "role": "operator",
        "what": "photo 1",
    }
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


async def test_the_newest_come_first_across_files_and_old_files_are_dropped(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, time=timekeeping(monotonic=ticking()), file_limit_bytes=1000)
    for number in range(200):
        await audit.record(deleted(number))
    found = {name: (tmp_path / name).stat() for name in await asyncio.to_thread(os.listdir, tmp_path)}
    assert sorted(found) == [NAME, *(f"{NAME}.{number}" for number in range(1, FILES))]
    assert all(status.st_size <= 1000 and status.st_mode & 0o777 == 0o600 for status in found.values())
    entries = await audit.newest(25)
    assert [entry["what"] for entry in entries] == [f"photo {number}" for number in range(199, 174, -1)]
    kept = await audit.newest(10_000)
    assert [entry["what"] for entry in kept] == [f"photo {number}" for number in range(199, 199 - len(kept), -1)]


async def test_entries_made_at_once_are_all_whole(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, time=timekeeping(monotonic=ticking()))
    await asyncio.gather(*(audit.record(deleted(number)) for number in range(50)))
    assert {entry["what"] for entry in await audit.newest(100)} == {f"photo {number}" for number in range(50)}


async def test_text_of_a_client_stays_within_its_line(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, time=THIS_MACHINE.time)
    who = 'eve\n{"action": "forged"}\u2028\x1b[2J'
    await audit.record(AuditEvent(AuditAction.SIGNED_IN, who=who))
    assert [entry["who"] for entry in await audit.newest(10)] == [who]
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 1
    assert b"\x1b" not in (tmp_path / NAME).read_bytes()


async def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, time=THIS_MACHINE.time)
    (tmp_path / NAME).write_bytes(b'{"action": "torn\n\xff\xfe\n[1]\n\n')
    await audit.record(deleted(1))
    assert [entry["what"] for entry in await audit.newest(10)] == ["photo 1"]


async def test_a_full_disk_stops_nothing_and_the_next_line_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    audit = AuditLog(tmp_path, time=THIS_MACHINE.time)
    with monkeypatch.context() as patched:
        real = os.write

        def full(descriptor: int, data: bytes) -> int:
            real(descriptor, data[:10])
            raise OSError(errno.ENOSPC, "no space left on device")

        patched.setattr(os, "write", full)
        await audit.record(deleted(1))
        await audit.record(deleted(2))
    await audit.record(deleted(3))
    assert [entry["what"] for entry in await audit.newest(10)] == ["photo 3"]
    assert [record.levelname for record in caplog.records if "audit" in record.message] == ["WARNING"]


async def test_without_a_folder_nothing_is_kept() -> None:
    audit = AuditLog(None, time=THIS_MACHINE.time)
    await audit.record(deleted(1))
    assert await audit.newest(10) == []


async def test_what_was_left_out_is_known(tmp_path: Path) -> None:
    audit = AuditLog(tmp_path, time=timekeeping(monotonic=lambda: 5.0))
    for _ in range(500):
        await audit.record(AuditEvent(AuditAction.ELEVATION_FAILED, address="192.0.2.1"))
    assert audit.omitted == 480
    assert len(await audit.newest(1000)) == 20


async def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").touch()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / NAME).symlink_to(tmp_path / "theirs")
    await AuditLog(tmp_path / "own", time=THIS_MACHINE.time).record(deleted(1))
    assert (tmp_path / "theirs").read_bytes() == b""
