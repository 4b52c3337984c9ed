from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from photonic.service.library.zip_archive import PIECE_BYTES, Entry, entry_names, pieces

if TYPE_CHECKING:
    from pathlib import Path

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
    making.close()  # type: ignore[attr-defined]
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
    found = entry_names(odd)
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
