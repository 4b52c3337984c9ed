"""The staging area: what is read of a staged file, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import exif_files

from photonic.service.files.staging import read_exif

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = exif_files.block({0x0110: exif_files.text("EOS R5")}, {0x8827: exif_files.short(800)})


def test_a_file_that_is_gone_or_a_link_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(exif_files.jpeg(BLOCK))
    (tmp_path / "link.jpg").symlink_to(tmp_path / "photo.jpg")
    assert read_exif(tmp_path / "photo.jpg") is not None
    assert read_exif(tmp_path / "link.jpg") is None
    assert read_exif(tmp_path / "gone.jpg") is None
