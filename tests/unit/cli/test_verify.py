"""``photonic verify`` and ``photonic reindex`` without a service: what they print, and how they exit."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import JPEG
from typer.testing import CliRunner

from photonic.cli import verify
from photonic.cli.application import application
from photonic.cli.outcome import ExitCode, exit_code
from photonic.client.camera import CameraClient
from photonic.client.verification import VerificationClient
from photonic.errors import PhotonicError
from photonic.model.api import CameraSummary
from photonic.model.verification import VerificationReport, VerificationStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(application, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines()


def refusal(*arguments: str) -> PhotonicError:
    result = CliRunner().invoke(application, arguments)
    assert isinstance(result.exception, PhotonicError), result.output
    assert not result.stdout
    return result.exception


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A photo root with two photos that ``reindex`` has listed, and a file of another program."""
    for name in ("guest_1_1700000000.jpg", "guest_2_1700000001.jpg"):
        (tmp_path / name).write_bytes(JPEG[:-2] + name.encode() + JPEG[-2:])
    (tmp_path / "notes.txt").write_text("mine")
    code, lines = run("reindex", "--photo-root", str(tmp_path))
    assert (code, lines) == (0, ["2 photos without a record are listed now"])
    return tmp_path


def test_whole_photos_exit_with_0(root: Path) -> None:
    code, lines = run("verify", "--photo-root", str(root))
    assert (code, lines) == (0, ["2 files, 0.0 GB: every photo is whole"])


def test_a_photo_that_is_not_whole_exits_with_4_and_stays(root: Path) -> None:
    damaged = root / "guest_1_1700000000.jpg"
    damaged.write_bytes(bytes(reversed(damaged.read_bytes())))
    before = damaged.read_bytes()
    for options in ((), ("--repair",)):
        code, lines = run("verify", *options, "--photo-root", str(root))
        assert code == 4
        assert lines[0].startswith("changed    guest_1_1700000000.jpg")
        assert lines[-1].endswith("1 not whole")
    assert damaged.read_bytes() == before


def test_json_is_one_object(root: Path) -> None:
    (root / "guest_2_1700000001.jpg").unlink()
    code, lines = run("verify", "--json", "--photo-root", str(root))
    report = json.loads(lines[0])
    assert (code, len(lines)) == (4, 1)
    assert (report["counts"], report["open_count"]) == ({"missing": 1}, 1)


def test_a_lost_index_is_made_again_and_said(root: Path) -> None:
    (root / ".photonic" / "captures.sqlite3").unlink()
    code, lines = run("reindex", "--photo-root", str(root))
    assert code == 0
    assert lines[0].startswith("the index: it was gone, and was made again from 2 lines of the record")
    assert lines[-1] == "0 photos without a record are listed now"
    assert run("verify", "--photo-root", str(root))[0] == 0


@pytest.mark.parametrize("command", ["verify", "reindex"])
def test_photos_that_another_program_has_open_are_not_compared(root: Path, command: str) -> None:
    """That is another exit code than that of photos which are not whole."""
    with closing(sqlite3.connect(root / ".photonic" / "captures.sqlite3")) as other:
        other.execute("BEGIN EXCLUSIVE")
        error = refusal(command, "--photo-root", str(root))
    assert exit_code(error) is ExitCode.FAILED
    assert "locked" in str(error)


@pytest.mark.parametrize("command", ["verify", "reindex"])
def test_a_folder_that_is_not_there_is_refused_and_not_created(tmp_path: Path, command: str) -> None:
    nowhere = tmp_path / "not mounted"
    assert exit_code(refusal(command, "--photo-root", str(nowhere))) is ExitCode.BAD_INPUT
    assert not nowhere.exists()


def test_a_folder_without_an_index_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "other.jpg").write_bytes(JPEG)
    assert exit_code(refusal("verify", "--photo-root", str(tmp_path))) is ExitCode.BAD_INPUT
    assert [one.name for one in tmp_path.iterdir()] == ["other.jpg"]


def test_second_copies_that_were_not_compared_are_said(root: Path, tmp_path: Path) -> None:
    config = tmp_path / "photonic.toml"
    unplugged = tmp_path.parent / "unplugged"
    config.write_text(f'photo_root = "{root}"\nsaved = "disk+second"\nsecond_root = "{unplugged}"\n')
    _code, lines = run("verify", "--photo-root", str(root), "--config", str(config))
    assert lines[-1].startswith("the second disk is gone: mount it")
    assert lines[-1].endswith("copies on it were not compared")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has the service answer with one status after the other, and have these cameras."""

    def answers(*statuses: VerificationStatus, names: tuple[str, ...] = ("main",)) -> None:
        waiting = list(statuses)

        async def answer(_client: VerificationClient, **_wanted: bool) -> VerificationStatus:
            return waiting.pop(0)

        async def cameras(_client: CameraClient) -> tuple[CameraSummary, ...]:
            return tuple(CameraSummary.model_construct(id=name) for name in names)

        monkeypatch.setattr(verify, "POLL_SECONDS", 0.0)
        monkeypatch.setattr(CameraClient, "cameras", cameras)
        monkeypatch.setattr(VerificationClient, "request", answer)
        monkeypatch.setattr(VerificationClient, "status", answer)

    return answers


def report(files: int) -> VerificationReport:
    return VerificationReport(began_at=NOW, ended_at=NOW, files=files)


def test_the_answer_is_that_of_the_own_request_and_not_of_one_that_was_in_progress(
    answers: Callable[..., None],
) -> None:
    answers(
        VerificationStatus(requested=2, requests=0),
        VerificationStatus(requested=2, requests=1, last=report(1)),
        VerificationStatus(requested=2, requests=2, last=report(2)),
    )
    assert run("verify") == (0, ["2 files, 0.0 GB: every photo is whole"])


def test_each_camera_of_the_service_is_checked_unless_one_is_named(answers: Callable[..., None]) -> None:
    damaged = report(2).model_copy(update={"open_count": 1})
    left = (VerificationStatus(requested=1), VerificationStatus(requested=1, requests=1, last=report(1)))
    right = (VerificationStatus(requested=1), VerificationStatus(requested=1, requests=1, last=damaged))
    answers(*left, *right, names=("left", "right"))
    code, lines = run("verify")
    assert (code, lines) == (4, ["left: 1 files, 0.0 GB: every photo is whole", "right: 2 files, 0.0 GB: 1 not whole"])
    answers(*left, names=("left", "right"))
    assert run("verify", "--camera", "left") == (0, ["1 files, 0.0 GB: every photo is whole"])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (VerificationStatus(requested=2, reason="the disk is gone"), "cannot be checked now (the disk is gone)"),
        (VerificationStatus(requested=1, requests=1, last=report(1)), "the service was restarted"),
    ],
)
def test_a_check_that_does_not_come_to_its_end_is_said(
    answers: Callable[..., None], status: VerificationStatus, words: str
) -> None:
    answers(VerificationStatus(requested=2), status)
    error = refusal("verify")
    assert exit_code(error) is ExitCode.FAILED
    assert words in str(error)
