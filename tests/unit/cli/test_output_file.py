from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from photonic.cli.output_file import photo_output
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Generator

JPEG = b"\xff\xd8picture\xff\xd9"


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_the_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    with photo_output(str(target), overwrite=False) as output:
        assert not target.exists()
        assert output.put(JPEG) == str(target)
    assert target.read_bytes() == JPEG
    assert names_in(tmp_path) == ["a.jpg"]


def test_without_a_photo_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), photo_output(str(tmp_path / "a.jpg"), overwrite=False):
        raise ZeroDivisionError
    assert names_in(tmp_path) == []


def test_an_existing_file_is_refused_before_the_photo_is_taken(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    target.write_text("mine")
    with pytest.raises(BadInput, match="--overwrite"), photo_output(str(target), overwrite=False):
        pytest.fail("a photo would be taken")
    with photo_output(str(target), overwrite=True) as output:
        output.put(JPEG)
    assert target.read_bytes() == JPEG


def test_a_file_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    with photo_output(str(target), overwrite=False) as output:
        target.write_text("mine")
        with pytest.raises(BadInput, match="saved on the service"):
            output.put(JPEG)
    assert target.read_text() == "mine"
    assert names_in(tmp_path) == ["a.jpg"]


def test_a_file_system_without_links_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_self: Path, _other: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    target = tmp_path / "a.jpg"
    with photo_output(str(target), overwrite=False) as output:
        output.put(JPEG)
    assert target.read_bytes() == JPEG


def test_a_link_keeps_leading_to_its_file(tmp_path: Path) -> None:
    target, link = tmp_path / "real.jpg", tmp_path / "link.jpg"
    target.write_text("old")
    link.symlink_to(target)
    with photo_output(str(link), overwrite=True) as output:
        output.put(JPEG)
    assert link.is_symlink()
    assert target.read_bytes() == JPEG


@pytest.mark.parametrize("name", ["", "nowhere/a.jpg", "/dev/null", "x" * 300])
def test_what_cannot_be_a_file_is_refused_before_the_photo_is_taken(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="-o"), photo_output(name, overwrite=True):
        pytest.fail("a photo would be taken")
    assert names_in(tmp_path) == []


@contextmanager
def pipe_for_stdout(monkeypatch: pytest.MonkeyPatch) -> Generator[int]:
    """The end at which standard output can be read; the test closes it."""
    read, write = os.pipe()
    with os.fdopen(write, "w") as stdout, monkeypatch.context() as patched:
        patched.setattr("sys.stdout", stdout)
        yield read


def test_standard_output_has_the_photo_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe_for_stdout(monkeypatch) as pipe:
        with photo_output("-", overwrite=False) as output:
            assert output.put(JPEG) is None
        assert os.read(pipe, 1000) == JPEG
        os.close(pipe)


def test_a_reader_that_left_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe_for_stdout(monkeypatch) as pipe:
        os.close(pipe)
        with photo_output("-", overwrite=False) as output, pytest.raises(BadInput, match="Broken pipe"):
            output.put(JPEG)


def test_a_terminal_is_not_filled_with_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: True))
    with pytest.raises(BadInput, match="terminal"), photo_output("-", overwrite=False):
        pytest.fail("a photo would be taken")
