from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from photonic.service.library import zip_writer
from photonic.service.library.zip_archive import Entry, EntryNames, ZipArchive
from photonic.service.library.zip_writer import PIECE_BYTES, ZipWriter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path


def pieces(entries: Iterable[Entry], folder: str) -> Generator[bytes]:
    archive = ZipArchive(folder)
    with closing(archive):
        yield from archive.add(entries)
        yield from archive.end()


MIDDAY = (2026, 11, 29, 12, 0, 0)
MOMENT = 1_790_000_000.0


def test_an_archive_holds_every_file_as_it_is_and_no_piece_is_large(tmp_path: Path) -> None:
    contents = {"a.jpg": b"\xff\xd8" * 5, "b.cr2": bytes(range(256)) * 4096, "empty.jpg": b""}
    entries: list[Entry] = []
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        entries.append(Entry(name, tmp_path / name, MOMENT, hashlib.sha256(content).hexdigest()))
    made = list(pieces(entries, "guests"))
    assert max(map(len, made)) <= PIECE_BYTES + 1024
    with zipfile.ZipFile(io.BytesIO(b"".join(made))) as archive:
        assert archive.testzip() is None
        assert {one.filename: one.compress_type for one in archive.infolist()} == {
            f"guests/{name}": zipfile.ZIP_STORED for name in (*contents, "sha256.txt")
        }
        assert {name: archive.read(f"guests/{name}") for name in contents} == contents
        archive.extractall(tmp_path / "unpacked")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "sha256.txt"],
        cwd=tmp_path / "unpacked" / "guests",
        capture_output=True,
        check=True,
        text=True,
    )
    assert checked.stdout.splitlines() == [f"{name}: OK" for name in contents]


def test_missing_files_are_listed_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "secret")
    (tmp_path / "a.jpg").write_bytes(b"a")
    entries = [Entry(name, tmp_path / name, 0.0, "0" * 64) for name in ("gone.jpg", "link.jpg", "a.jpg")]
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces(entries, "s")))) as archive:
        assert archive.namelist() == ["s/a.jpg", "s/missing.txt", "s/sha256.txt"]
        assert archive.read("s/missing.txt") == b"gone.jpg\r\nlink.jpg\r\n"
        assert archive.getinfo("s/a.jpg").date_time == (1980, 1, 1, 0, 0, 0)


def test_a_client_that_disconnects_leaves_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(bytes(3 * PIECE_BYTES))
    making = pieces([Entry("a.jpg", tmp_path / "a.jpg", MOMENT, "0" * 64)], "s")
    next(making)
    making.close()
    with pytest.raises(StopIteration):
        next(making)


def test_names_are_safe_everywhere_and_unique() -> None:
    odd = [
        "a.jpg",
        "A.JPG",
        "../../etc/passwd",
        "b\x00\n:c.jpg",
        "....",
        "<img src=x>.jpg",
        "missing.txt",
        "sha256.txt",
        "a.jpg",
    ]
    names = EntryNames()
    found = [names.unique(one) for one in odd]
    assert found == [
        "a.jpg",
        "A_2.JPG",
        "_.._etc_passwd",
        "b___c.jpg",
        "photo",
        "_img src=x_.jpg",
        "missing_2.txt",
        "sha256_2.txt",
        "a_3.jpg",
    ]


def test_many_files_of_one_name_are_named_without_a_search() -> None:
    names = EntryNames()
    assert [names.unique("a.jpg") for _ in range(20_000)][-1] == "a_20000.jpg"


def test_more_files_than_a_small_archive_can_list_are_all_there() -> None:
    made: list[bytes] = []
    count = 66_000
    with ZipWriter() as writer:
        for number in range(count):
            made += writer.add(f"s/{number}", io.BytesIO(b"x"), 1, MIDDAY)
        made += writer.end()
    with zipfile.ZipFile(io.BytesIO(b"".join(made))) as archive:
        assert len(archive.namelist()) == count
        assert archive.read(f"s/{count - 1}") == b"x"


def test_what_lies_behind_four_gigabytes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limit of the small format moved down, since the numbers would need such files."""
    monkeypatch.setattr(zip_writer, "_LIMIT", 99)
    with ZipWriter() as writer:
        made = [*writer.add("large", io.BytesIO(b"x" * 200), 200, MIDDAY)]
        made += writer.add("behind", io.BytesIO(b"y"), 1, MIDDAY)
        made += writer.end()
    data = b"".join(made)
    # zipfile reads the large numbers where the small ones say that they are too small.
    small = (99).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(data.replace(small, b"\xff\xff\xff\xff"))) as archive:
        assert archive.read("large") == b"x" * 200
        assert archive.read("behind") == b"y"
