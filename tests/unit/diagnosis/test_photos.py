"""The photo root and left-over files: inspected, judged, and left unchanged."""

from __future__ import annotations

import errno
import shlex
from pathlib import Path

import pytest

from photonic.diagnosis.finding import DoctorCode, Finding, Outcome
from photonic.diagnosis.photos import (
    FolderFacts,
    LeftoverFacts,
    PhotoRootFacts,
    inspect_leftovers,
    inspect_photo_root,
    judge_leftovers,
    judge_photo_root,
)

GIGABYTE = 10**9
ROOT = Path("/photos/it's here")


def judged(facts: PhotoRootFacts) -> Finding:
    return judge_photo_root(facts, min_free_bytes=GIGABYTE // 2, low_bytes=2 * GIGABYTE, user="me")


def test_a_missing_root_is_not_created(tmp_path: Path) -> None:
    facts = inspect_photo_root(tmp_path / "a" / "b")
    assert (facts.place, facts.refusal) == (tmp_path, None)
    assert facts.free_bytes
    assert facts.mount.is_mount()
    assert list(tmp_path.iterdir()) == []
    assert "created at the first start" in judge_photo_root(facts, min_free_bytes=0, low_bytes=0, user="me").what


@pytest.mark.parametrize("below", ["", "photos"])
def test_a_file_in_the_place_of_the_root_or_above_it_is_a_failure(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    found = judged(inspect_photo_root(file / below))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.PHOTO_ROOT)
    assert "a file, not a folder" in found.what
    assert found.mend == f"mv {file} {file}.old"


def test_a_folder_that_cannot_be_written_is_a_failure() -> None:
    # Not even the superuser, who ignores permissions, can create a file there.
    found = judged(inspect_photo_root(Path("/proc/photonic/photos")))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.PHOTO_ROOT)


@pytest.mark.parametrize(
    ("number", "place", "mend"),
    [
        (errno.EACCES, ROOT, """sudo chown me '/photos/it'"'"'s here' && sudo chmod u+rwx '/photos/it'"'"'s here'"""),
        (errno.EACCES, ROOT.parent, """sudo mkdir -p '/photos/it'"'"'s here' && sudo chown me"""),
        (errno.EROFS, ROOT, "sudo mount -o remount,rw /photos"),
        (errno.ENOSPC, ROOT.parent, "df -h /photos && df -i /photos"),
        (errno.ENOTDIR, ROOT, """mv '/photos/it'"'"'s here' '/photos/it'"'"'s here.old'"""),
        (errno.EIO, ROOT.parent, "findmnt --target /photos"),
    ],
)
def test_each_refusal_has_its_command(number: int, place: Path, mend: str) -> None:
    found = judged(PhotoRootFacts(ROOT, place, Path("/photos"), 100 * GIGABYTE, (number, "why")))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.PHOTO_ROOT)
    assert (found.mend or "").startswith(mend)
    assert shlex.split(found.mend or "")


@pytest.mark.parametrize(
    ("free", "outcome"),
    [
        (2 * GIGABYTE, Outcome.OK),
        (2 * GIGABYTE - 1, Outcome.WARNING),
        (GIGABYTE // 2, Outcome.WARNING),
        (GIGABYTE // 2 - 1, Outcome.FAILED),
    ],
)
def test_room_is_judged_by_the_services_own_settings(free: int, outcome: Outcome) -> None:
    assert judged(PhotoRootFacts(ROOT, ROOT, Path("/"), free)).outcome is outcome


def test_files_that_await_attention_are_counted(tmp_path: Path) -> None:
    assert inspect_leftovers(tmp_path) == LeftoverFacts(tmp_path)
    for name in (".staging/c1/a.jpg", ".staging/b.jpg", ".photonic/incomplete/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert inspect_leftovers(tmp_path) == LeftoverFacts(tmp_path, staged=2, incomplete=1)


@pytest.mark.parametrize(
    ("facts", "served", "outcome", "mend"),
    [
        (LeftoverFacts(ROOT), False, Outcome.OK, ""),
        (LeftoverFacts(ROOT, 2, 1), True, Outcome.SKIPPED, ""),
        (LeftoverFacts(ROOT, 2, 1), False, Outcome.WARNING, "photonic serve --photo-root '/photos/it"),
        (LeftoverFacts(ROOT, 0, 1), False, Outcome.WARNING, "ls -la '/photos/it"),
    ],
)
def test_leftovers(facts: LeftoverFacts, served: bool, outcome: Outcome, mend: str) -> None:
    found = judge_leftovers(facts, served=served)
    assert found.outcome is outcome
    assert (found.mend or "").startswith(mend)


def test_a_link_out_of_the_root_is_a_failure_that_says_what_to_set(tmp_path: Path) -> None:
    root, stick = tmp_path / "root", tmp_path / "stick"
    root.mkdir()
    stick.mkdir()
    (root / "photos").symlink_to(stick)
    (root / "inside").symlink_to("photos2")
    found = judged(inspect_photo_root(root))
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.PHOTO_ROOT)
    assert f"{root / 'photos'} is a symbolic link out of the photo root, to {stick}" in found.what
    assert f"set photo_root to {stick}" in (found.why or "")
    assert found.mend == f"photonic serve --photo-root {stick}"


@pytest.mark.parametrize(
    ("free_bytes", "refusal", "outcome", "text"),
    [
        (10 * GIGABYTE, None, Outcome.OK, "photos is another disk, mounted at /photos/stick"),
        (0, None, Outcome.FAILED, "mounted at /photos/stick, is full"),
        (10 * GIGABYTE, (errno.EROFS, "Read-only file system"), Outcome.FAILED, "Read-only file system"),
    ],
)
def test_a_folder_on_another_disk_is_checked_like_the_root(
    free_bytes: int, refusal: tuple[int, str] | None, outcome: Outcome, text: str
) -> None:
    folder = FolderFacts(Path("/photos/photos"), Path("/photos/stick"), None, free_bytes, refusal)
    found = judged(PhotoRootFacts(Path("/photos"), Path("/photos"), Path("/"), 10 * GIGABYTE, None, (folder,)))
    assert (found.outcome, text in found.what) == (outcome, True)
