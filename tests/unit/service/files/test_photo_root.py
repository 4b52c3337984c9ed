"""The photo root on a real disk: never overwritten, never left, only whole photos."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import exif_files
from tests.support.absent import absent
from tests.support.camera_process import JPEG
from tests.support.vast import exploding

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.exif import ExifFacts
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.files.photo_root import PhotoRoot
from photonic.service.media import exif
from photonic.service.photo.staged import StagedFile

if TYPE_CHECKING:
    from collections.abc import Callable

PHOTOS = PurePosixPath("photos")


@pytest.fixture
def root(tmp_path: Path) -> PhotoRoot:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0)
    root.check()
    return root


@pytest.fixture
def stage(root: PhotoRoot) -> Callable[..., StagedFile]:
    def staged(name: str = "IMG.JPG", content: bytes = JPEG, *, capture: str = "c1") -> StagedFile:
        path = root.staging.make(capture) / name
        path.write_bytes(content)
        return StagedFile(path, name, len(content))

    return staged


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_a_photo_has_the_permissions_that_are_set_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0, photo_mode=mode)
    root.check()
    before = os.umask(0)
    try:
        path = root.staging.make("c1") / "A.JPG"
        path.write_bytes(JPEG)
        (stored,) = root.bring_in([StagedFile(path, "A.JPG", len(JPEG))], PHOTOS / "s")
    finally:
        os.umask(before)
    assert (root.path / stored.path).stat().st_mode & 0o777 == mode


def test_other_users_are_kept_out_of_the_services_own_folders_but_not_of_the_photos(tmp_path: Path) -> None:
    (tmp_path / ".photonic").mkdir(mode=0o755)  # as earlier versions created it
    PhotoRoot(tmp_path, min_free_bytes=0).check(PHOTOS)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in (".photonic", ".staging", "photos")}
    assert modes == {".photonic": 0o700, ".staging": 0o700, "photos": 0o777 & ~_umask()}


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def test_a_photo_is_brought_in_with_its_hash(root: PhotoRoot, stage: Callable[..., StagedFile]) -> None:
    (stored,) = root.bring_in([stage()], PHOTOS / "s_1_2")
    assert stored.path == PurePosixPath("photos/s_1_2.jpg")
    assert stored.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert stored.size_bytes == len(JPEG)
    assert stored.media_type == "image/jpeg"
    assert (root.path / stored.path).read_bytes() == JPEG
    root.staging.clear("c1")
    assert (root.path / stored.path).read_bytes() == JPEG
    assert root.staging.captures() == []


def test_a_photo_is_brought_in_with_what_it_says_of_itself(root: PhotoRoot, stage: Callable[..., StagedFile]) -> None:
    reported = exif_files.block({}, {0x8827: exif_files.short(800)})
    staged = [stage("A.JPG", exif_files.jpeg(reported, None)), stage("A.CR2", b"raw")]
    stored = root.bring_in(staged, PHOTOS / "s")
    assert [file.exif for file in stored] == [ExifFacts(iso=800), None]
    late = root.bring_in_beside(stage("A.DNG", reported), stored[0].path)
    assert late.exif == ExifFacts(iso=800)


def test_a_clash_gets_a_number_and_nothing_is_overwritten(root: PhotoRoot, stage: Callable[..., StagedFile]) -> None:
    (root.path / "photos").mkdir()
    (root.path / "photos" / "s.jpg").write_text("mine")
    (root.path / "photos" / "s_2.cr2").symlink_to("nowhere")
    stored = root.bring_in([stage("A.CR2", b"raw"), stage("A.JPG")], PHOTOS / "s")
    assert [str(file.path) for file in stored] == ["photos/s_3.jpg", "photos/s_3.cr2"]
    assert (root.path / "photos" / "s.jpg").read_text() == "mine"
    assert not (root.path / "photos" / "s_2.jpg").exists()
    assert (root.path / "photos" / "s_3.cr2").read_bytes() == b"raw"


def test_after_a_crash_a_photo_is_brought_in_once(root: PhotoRoot, stage: Callable[..., StagedFile]) -> None:
    files = [stage("A.JPG"), stage("A.CR2", b"raw")]
    first = root.bring_in(files, PHOTOS / "s")
    second = root.bring_in(files, PHOTOS / "s")
    assert first == second
    assert sorted(path.name for path in (root.path / "photos").iterdir()) == ["s.cr2", "s.jpg"]


@pytest.mark.parametrize("content", [b"", JPEG[:-2], JPEG[2:], JPEG[: len(JPEG) // 2]])
def test_a_jpeg_that_is_not_whole_is_refused_and_kept_aside(
    root: PhotoRoot, stage: Callable[..., StagedFile], content: bytes
) -> None:
    whole, broken = stage("A.CR2", b"raw"), stage("A.JPG", content)
    with pytest.raises(CaptureError, match="is incomplete") as refused:
        root.bring_in([whole, broken], PHOTOS / "s")
    assert refused.value.kind is FailureKind.CAMERA_FAULT
    assert broken.path.read_bytes() == content
    assert list((root.path / "photos").iterdir()) == []


def test_a_size_that_is_not_the_cameras_is_refused(root: PhotoRoot, stage: Callable[..., StagedFile]) -> None:
    staged = stage("A.CR2", b"raw")
    with pytest.raises(CaptureError, match="3 bytes arrived instead of 4 bytes"):
        root.bring_in([StagedFile(staged.path, staged.name, 4)], PHOTOS / "s")
    assert staged.path.exists()


def test_padding_after_the_end_marker_is_the_cameras_way(root: PhotoRoot, stage: Callable[..., StagedFile]) -> None:
    (stored,) = root.bring_in([stage("A.JPG", JPEG + b"\0" * 100)], PHOTOS / "s")
    assert stored.size_bytes == len(JPEG) + 100


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="check that it is a directory") as refused:
        PhotoRoot(tmp_path / "file", min_free_bytes=0).check()
    assert refused.value.kind is FailureKind.HOST_STORAGE_UNUSABLE


def test_a_root_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(StorageError):
        PhotoRoot(Path("/proc/photonic"), min_free_bytes=0).check()


def test_a_read_only_root_is_refused(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        absent("the superuser may write everywhere", promised=False)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="writable"):
            PhotoRoot(tmp_path, min_free_bytes=0).check()
    finally:
        tmp_path.chmod(0o700)


def test_too_little_space_is_said_before_the_shutter(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="free some space") as refused:
        PhotoRoot(tmp_path, min_free_bytes=2**60).check()
    assert refused.value.kind is FailureKind.HOST_STORAGE_FULL


def test_a_link_out_of_the_root_is_refused_and_nothing_is_made_there(root: PhotoRoot, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root.path / "photos").symlink_to(outside)
    for below in (PHOTOS, PHOTOS / "deeper"):
        with pytest.raises(StorageError, match="leads out") as refused:
            root.directory(below)
        # Nobody has to have named the directory: it is the link that is said, and what to set.
        assert str(root.path / "photos") in refused.value.reason
        assert f"set photo_root to {outside}" in refused.value.reason
        assert "output_directory" not in refused.value.reason
    assert list(outside.iterdir()) == []


def test_a_link_within_the_root_is_followed_but_not_to_the_services_own_files(root: PhotoRoot) -> None:
    (root.path / "real").mkdir()
    (root.path / "photos").symlink_to("real")
    (root.path / "sneaky").symlink_to(".staging")
    assert root.directory(PHOTOS / "x") == root.path.resolve() / "real" / "x"
    with pytest.raises(BadInput, match="that the service uses itself"):
        root.directory(PurePosixPath("sneaky"))


def test_a_loop_of_links_and_a_file_in_the_way_are_refused(root: PhotoRoot) -> None:
    (root.path / "loop").symlink_to("loop")
    (root.path / "file").write_text("x")
    for below in ("loop", "loop/x", "file", "file/x"):
        with pytest.raises(BadInput):
            root.directory(PurePosixPath(below))


@given(
    st.lists(st.sampled_from(["a", "b", "up", "out", "self"]), min_size=1, max_size=6),
    st.dictionaries(
        st.sampled_from(["up", "out", "self"]), st.sampled_from(["..", "/", "/tmp", ".", "../root", "a"]), max_size=3
    ),
)
def test_no_mix_of_links_and_names_ever_leaves_the_root(parts: list[str], links: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = PhotoRoot(Path(place) / "root", min_free_bytes=0)
        root.check()
        for name, target in links.items():
            (root.path / name).symlink_to(target)
        try:
            directory = root.directory(PurePosixPath(*parts))
        except (BadInput, StorageError):
            return
        assert os.path.realpath(directory).startswith(os.path.realpath(root.path))


def test_a_link_in_the_staging_directory_is_nobodys_photo(root: PhotoRoot, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(JPEG)
    link = root.staging.make("c1") / "IMG.JPG"
    link.symlink_to(secret)
    assert root.staging.files("c1") == []
    with pytest.raises(StorageError):
        root.bring_in([StagedFile(link, "IMG.JPG", len(JPEG))], PHOTOS / "s")
    assert list((root.path / "photos").iterdir()) == []


def test_the_folder_of_another_camera_is_not_written_to(tmp_path: Path) -> None:
    root = PhotoRoot(tmp_path, min_free_bytes=0, foreign=("right",))
    root.check()
    (tmp_path / "link").symlink_to(tmp_path / "right")
    for place in ("right", "right/photos", "link/photos"):
        with pytest.raises(BadInput, match="leads to the photos of another camera"):
            root.directory(PurePosixPath(place))
    assert root.directory(PurePosixPath("rights")).is_dir()


def test_a_fault_of_ours_in_reading_a_photos_facts_costs_no_photo(
    tmp_path: Path, stage: Callable[..., StagedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(content: object) -> None:
        raise KeyError(content)

    monkeypatch.setattr(exif, "facts", broken)
    unexpected = Unexpected()
    (stored,) = PhotoRoot(tmp_path / "root", min_free_bytes=0, unexpected=unexpected).bring_in([stage()], PHOTOS / "s")
    assert stored.exif is None
    assert unexpected.failures[Where.PHOTO_FACTS] == 1


def test_a_photo_whose_facts_the_disk_does_not_read_has_no_place_yet(
    tmp_path: Path, stage: Callable[..., StagedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its time, its twin would be a photo of its own, and it could be taken for another capture's."""
    root, photo = PhotoRoot(tmp_path / "root", min_free_bytes=0), stage()

    def unreadable(_content: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(exif, "facts", unreadable)
        with pytest.raises(StorageError):
            root.staging.exif(photo)
        with pytest.raises(StorageError):
            root.bring_in([photo], PHOTOS / "s")
    assert list((tmp_path / "root" / PHOTOS).iterdir()) == []
    assert len(root.bring_in([photo], PHOTOS / "s")) == 1


def test_a_file_that_is_no_whole_photo_is_counted(tmp_path: Path, stage: Callable[..., StagedFile]) -> None:
    unexpected = Unexpected()
    root = PhotoRoot(tmp_path / "root", min_free_bytes=0, unexpected=unexpected)
    assert root.staging.content.fault(stage(content=b"no photo")) is not None
    with pytest.raises(CaptureError):
        root.bring_in([stage(content=b"no photo")], PHOTOS / "s")
    assert unexpected.refusals[Where.PHOTO_FILES] == 2
    assert set(unexpected.failures.values()) == {0}


def test_a_staged_file_that_explodes_is_set_aside_once_and_takes_no_memory(
    root: PhotoRoot, stage: Callable[..., StagedFile]
) -> None:
    """As it lies in staging after a crash: its length is not known, so its structure has to show that it is whole."""
    staged = replace(stage("IMG.CR2", exploding(200, 200)), size_bytes=None)
    tracemalloc.start()
    try:
        assert root.staging.content.fault(staged) == "its structure shows that it is truncated"
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    aside = root.staging.set_aside(staged)
    assert aside.stat().st_size > 400_000
    assert root.staging.leftovers() == ([], [])
    assert root.staging.captures() == []


def test_a_photo_whose_storing_was_given_up_as_too_slow_is_placed_once(
    root: PhotoRoot, stage: Callable[..., StagedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    root.directory(PHOTOS)
    file, slow, go_on = stage(), threading.Event(), threading.Event()
    flush = os.fsync

    def slow_once(descriptor: int) -> None:
        if not slow.is_set():
            slow.set()
            assert go_on.wait(20)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", slow_once)
    with ThreadPoolExecutor(2) as threads:
        given_up = threads.submit(root.bring_in, [file], PHOTOS / "guest")
        assert slow.wait(20)
        again = threads.submit(root.bring_in, [file], PHOTOS / "later")
        with suppress(TimeoutError):  # without any order, the second one would be done by now
            again.result(0.2)
        go_on.set()
        (stored,) = again.result(20)
        given_up.result(20)
    assert stored.path == PHOTOS / "later.jpg"
    assert [path.name for path in (root.path / PHOTOS).iterdir()] == ["later.jpg"]


def unlistable(monkeypatch: pytest.MonkeyPatch, folder: Path, reason: int) -> None:
    scan = os.scandir

    def refusing(place: str | Path) -> object:
        if Path(place) == folder:
            raise OSError(reason, os.strerror(reason))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refusing)


def test_names_are_not_said_to_be_gone_while_a_folder_cannot_be_read(
    root: PhotoRoot, stage: Callable[..., StagedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = stage()
    os.link(file.path, root.directory(PHOTOS) / "guest.jpg")
    assert root.names_of(file) == [PHOTOS / "guest.jpg"]
    with monkeypatch.context() as broken:
        unlistable(broken, root.path / PHOTOS, errno.EIO)
        with pytest.raises(StorageError, match=os.strerror(errno.EIO)):
            root.names_of(file)
    with monkeypatch.context() as broken:  # a folder of somebody else's holds no photo of ours
        unlistable(broken, root.path / PHOTOS, errno.EACCES)
        assert root.names_of(file) == []
