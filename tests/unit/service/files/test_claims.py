"""Photos between two real file systems, where no link can be made: placed once and whole, whatever is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.absent import absent
from tests.support.camera_process import JPEG

from photonic.errors import StorageError
from photonic.service.files import claims, copied_claims, disk
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.photo.staged import StagedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = PurePosixPath("photos/s")
RAW = b"II*\0raw"


class Killed(BaseException):
    """The service was killed: nothing cleans up."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the temporary one."""
    for place in ("/dev/shm", "/var/tmp", "/run"):
        if os.access(place, os.W_OK) and Path(place).stat().st_dev != tmp_path.stat().st_dev:
            found = Path(tempfile.mkdtemp(prefix="photonic-test-", dir=place))
            yield found
            shutil.rmtree(found)
            return
    absent("this machine has one file system only")


@pytest.fixture
def root(tmp_path: Path, elsewhere: Path) -> PhotoRoot:
    """A photo root whose staging directory is on another file system: no link leads from there to the photos."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / ".staging").symlink_to(elsewhere)
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    return root


def staged(root: PhotoRoot, name: str = "A.JPG", content: bytes = JPEG) -> StagedFile:
    path = root.staging.make("c1") / name
    path.write_bytes(content)
    return StagedFile(path, name, len(content))


def test_a_copy_keeps_the_permissions_of_the_photo(root: PhotoRoot) -> None:
    (stored,) = root.bring_in([staged(root)], PLACE)
    assert (root.path / stored.path).stat().st_mode & 0o777 == 0o640


def content_of(root: PhotoRoot) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root.path / "photos").iterdir())}


def test_a_photo_gets_to_the_other_file_system_whole(root: PhotoRoot) -> None:
    stored = root.bring_in([staged(root), staged(root, "A.CR2", RAW)], PLACE)
    assert [str(file.path) for file in stored] == ["photos/s.jpg", "photos/s.cr2"]
    assert content_of(root) == {"s.cr2": RAW, "s.jpg": JPEG}
    assert [one.path.name for one in root.staging.files("c1")] == ["A.CR2", "A.JPG"]
    root.staging.clear("c1")
    assert (content_of(root), root.staging.captures()) == ({"s.cr2": RAW, "s.jpg": JPEG}, [])


def test_a_note_that_could_not_be_removed_with_its_file_goes_at_the_next_start(root: PhotoRoot) -> None:
    """The disk refused that once."""
    file = staged(root)
    root.bring_in([file], PLACE)
    file.path.unlink()
    assert [copied_claims.is_own(path) for path in file.path.parent.iterdir()] == [True]
    assert root.staging.files("c1") == []
    root.staging.clear_empty("c1")
    assert (content_of(root), root.staging.captures()) == ({"s.jpg": JPEG}, [])


def test_the_note_of_a_file_that_is_still_staged_stays(root: PhotoRoot) -> None:
    file = staged(root)
    root.bring_in([file], PLACE)
    before = sorted(file.path.parent.iterdir())
    root.staging.clear_empty("c1")
    assert sorted(file.path.parent.iterdir()) == before


def test_a_name_that_is_taken_there_is_left_to_its_owner(root: PhotoRoot) -> None:
    (root.path / "photos").mkdir()
    (root.path / "photos" / "s.jpg").write_bytes(JPEG)
    (root.path / "photos" / "s_2.cr2").write_bytes(b"")
    for _time in range(2):
        stored = root.bring_in([staged(root), staged(root, "A.CR2", RAW)], PLACE)
        assert [str(file.path) for file in stored] == ["photos/s_3.jpg", "photos/s_3.cr2"]
    assert content_of(root) == {"s.jpg": JPEG, "s_2.cr2": b"", "s_3.cr2": RAW, "s_3.jpg": JPEG}


def test_a_late_file_stands_beside_its_twin(root: PhotoRoot) -> None:
    (first,) = root.bring_in([staged(root)], PLACE)
    late = staged(root, "A.CR2", RAW)
    assert str(root.bring_in_beside(late, first.path).path) == "photos/s.cr2"
    root.staging.drop(late)
    assert content_of(root) == {"s.cr2": RAW, "s.jpg": JPEG}


def owner_of(step: str) -> Any:
    """What has the function of this name."""
    return next(one for one in (claims, copied_claims, disk, Path, PhotoRoot) if hasattr(one, step))


STEPS = ("copy", "note", "touch", "replace", "flush")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_at_any_step_a_photo_is_there_once(
    root: PhotoRoot, monkeypatch: pytest.MonkeyPatch, step: str, nth: int, when: str
) -> None:
    owner = owner_of(step)
    work, count = getattr(owner, step), 0

    def killed(*arguments: Any, **fields: Any) -> Any:
        nonlocal count
        count += 1
        if count == nth and when == "before":
            raise Killed
        result = work(*arguments, **fields)
        if count == nth:
            raise Killed
        return result

    (root.path / "photos").mkdir()
    files = [staged(root), staged(root, "A.CR2", RAW)]
    monkeypatch.setattr(owner, step, killed)
    with contextlib.suppress(Killed):
        root.bring_in(files, PLACE)
    monkeypatch.undo()
    stored = root.bring_in([staged(root), staged(root, "A.CR2", RAW)], PLACE)
    root.staging.clear("c1")
    assert [str(file.path) for file in stored] == ["photos/s.jpg", "photos/s.cr2"]
    assert content_of(root) == {"s.cr2": RAW, "s.jpg": JPEG}


def test_a_disk_that_fills_up_leaves_nothing_behind_and_the_photo_staged(
    root: PhotoRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    file = staged(root)
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StorageError, match="is full"):
        root.bring_in([file], PLACE)
    assert (content_of(root), file.path.read_bytes()) == ({}, JPEG)


@pytest.mark.parametrize("linked", [True, False], ids=["links", "copies"])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("step", ["claim", "flush", "_stored"])
def test_a_still_that_the_disk_refuses_has_no_name(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    nth: int,
    *,
    linked: bool,
) -> None:
    root = PhotoRoot(tmp_path / "here", min_free_bytes=0) if linked else request.getfixturevalue("root")
    root.check()
    files = [staged(root), staged(root, "A.CR2", RAW)]
    owner = owner_of(step)
    work, count = getattr(owner, step), 0

    def refused(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == nth:
            raise OSError(28, "No space left on device")
        return work(*arguments)

    (root.path / "photos").mkdir()
    monkeypatch.setattr(owner, step, refused)
    with contextlib.suppress(StorageError):
        # Copies flush the folder of their note as well, so that the photos' own flush is a later one.
        root.bring_in(files, PLACE)
    monkeypatch.undo()
    if count >= nth:
        assert content_of(root) == {}
        # The card's copy of the same photo is recorded under these names meanwhile.
        again = [staged(root, "B.JPG"), staged(root, "B.CR2", RAW)]
        stored = root.bring_in(again, PLACE)
        assert [str(file.path) for file in stored] == ["photos/s.jpg", "photos/s.cr2"]
        claims.withdraw(files[0].path, root.path / "photos")
    assert content_of(root) == {"s.cr2": RAW, "s.jpg": JPEG}
    assert [file.path.read_bytes() for file in files] == [JPEG, RAW]


@pytest.mark.parametrize("linked", [True, False], ids=["links", "copies"])
@pytest.mark.parametrize("step", ["flush", "_stored"])
def test_a_late_file_that_the_disk_refuses_has_no_name(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, *, linked: bool
) -> None:
    root = PhotoRoot(tmp_path / "here", min_free_bytes=0) if linked else request.getfixturevalue("root")
    root.check()
    (first,) = root.bring_in([staged(root)], PLACE)

    def refused(*arguments: Any) -> None:
        if step == "_stored" or arguments[0] == root.path / "photos":
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(owner_of(step), step, refused)
    with pytest.raises(StorageError):
        root.bring_in_beside(staged(root, "A.CR2", RAW), first.path)
    assert content_of(root) == {"s.jpg": JPEG}


@pytest.mark.parametrize("step", ["copy", "note", "replace", "flush", "unlink", None])
def test_a_file_that_is_moved_there_is_at_one_place_in_the_end(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, step: str | None
) -> None:
    source, target = tmp_path / "a.jpg", elsewhere / "a.jpg"
    source.write_bytes(JPEG)
    if step is not None:

        def killed(*_arguments: object, **_fields: object) -> None:
            raise Killed

        monkeypatch.setattr(owner_of(step), step, killed)
        with pytest.raises(Killed):
            claims.move(source, target)
        monkeypatch.undo()
    # As the trash does it at the next start.
    if target.is_file():
        claims.withdraw(target, source.parent)
    else:
        claims.move(source, target)
    assert (source.exists(), target.read_bytes()) == (False, JPEG)
    assert [path.name for path in elsewhere.iterdir()] == ["a.jpg"]
    assert list(tmp_path.iterdir()) == [] or [path.name for path in tmp_path.iterdir()] == ["root"]


def test_what_somebody_has_put_there_is_nobodys_to_take_away(tmp_path: Path, elsewhere: Path) -> None:
    source, target = tmp_path / "a.jpg", elsewhere / "a.jpg"
    source.write_bytes(JPEG)
    claims.move(source, target)
    source.write_bytes(JPEG)
    claims.withdraw(target, source.parent)
    assert source.read_bytes() == JPEG


def test_nothing_of_a_burst_is_left_in_staging_once_it_is_on_record(root: PhotoRoot) -> None:
    first, other = staged(root), staged(root, "B.JPG")
    root.bring_in([first], PLACE)
    root.staging.clear("c1", [other.path.name])
    root.bring_in([other], PLACE)
    root.staging.drop(other)
    assert len(content_of(root)) == 2
    assert list((root.path / ".staging").iterdir()) == []


def killed_before(owner: Any, step: str) -> pytest.MonkeyPatch:
    """The service is killed when it comes to this step; ``undo`` starts it again."""

    def killed(*_arguments: object, **_fields: object) -> None:
        raise Killed

    patch = pytest.MonkeyPatch()
    patch.setattr(owner, step, killed)
    return patch


@pytest.mark.parametrize("step", ["replace", None])
def test_after_a_crash_a_photo_may_go_to_another_folder_and_leaves_nothing_in_the_first(
    root: PhotoRoot, step: str | None
) -> None:
    """Its capture is ended by recovery, or it turns out to be of another one."""
    patch = killed_before(Path, step) if step else killed_before(PhotoRoot, "_flushed")
    with contextlib.suppress(Killed):
        root.bring_in([staged(root)], PLACE)
    patch.undo()
    (stored,) = root.bring_in([staged(root)], PurePosixPath("guests/s"))
    assert str(stored.path) == "guests/s.jpg"
    assert content_of(root) == {}


def test_a_copy_that_is_in_no_record_is_found_by_its_note(root: PhotoRoot) -> None:
    """As a link is by its inode: the photo may be known from the card by now, and the copy is withdrawn then."""
    file = staged(root)
    assert root.names_of(file) == []
    root.bring_in([file], PLACE)
    assert root.names_of(file) == [PurePosixPath("photos/s.jpg")]
    (root.path / "photos" / "s.jpg").write_bytes(b"edited")
    assert root.names_of(file) == []


def test_the_staged_file_and_its_folder_are_flushed_before_anything_is_in_the_folder_of_photos(
    root: PhotoRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a loss of power may leave a copy, or an empty file, that nothing explains."""
    file = staged(root)
    seen: list[tuple[str, int]] = []
    work = disk.flush

    def flush(directory: Path) -> None:
        seen.append((directory.name, len(list((root.path / "photos").iterdir()))))
        work(directory)

    (root.path / "photos").mkdir()
    monkeypatch.setattr(disk, "flush", flush)
    root.bring_in([file], PLACE)
    assert {("c1", 0), (".staging", 0)} <= set(seen)


def test_a_note_of_an_earlier_version_has_the_name_only(root: PhotoRoot) -> None:
    file = staged(root)
    root.bring_in([file], PLACE)
    copied_claims._claim_of(file.path).write_bytes(b"s.jpg")  # pyright: ignore[reportPrivateUsage]
    (stored,) = root.bring_in([file], PLACE)
    assert str(stored.path) == "photos/s.jpg"
    assert content_of(root) == {"s.jpg": JPEG}
