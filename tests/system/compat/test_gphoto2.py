"""photonic's command line of gphoto2 against Debian's gphoto2: the same arguments on two cameras of the same kind."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.support.gphoto2_command import GPhoto2
from tests.support.simulated import simulated_camera
from tests.support.stack import stack
from tests.system.compat.argument_lists import BY_BODY, CANON, GENERIC, NIKON, TELLING, ArgumentList

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDS_WITHIN_SECONDS = 90.0
# Two cameras and a service start before the first comparison.
pytestmark = pytest.mark.timeout(300)
PHOTO = ("--photo-megapixels", "0.5")
ADVICE = re.compile(r"For debugging messages.*?around the arguments\.\n\n", re.DOTALL)
LOCATION = re.compile(r"/store_\w+/\S+|/capt\d{4}\.\w+", re.IGNORECASE)
NAME_ON_CARD = re.compile(r"IMG_\d{4}\.JPG|capt\d{4}\.jpg")
SLOT = re.compile(r"^(Waiting for next capture slot|not sleeping) .*$", re.MULTILINE)
UNKNOWN = re.compile(r"^UNKNOWN.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Pair:
    """Two cameras of a kind: one is gphoto2's, the other one the service's."""

    gphoto2: GPhoto2
    url: str
    body: str

    def photonic(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return photonic(self.url, folder, *arguments)


def photonic(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "photonic.cli", "gphoto2", *arguments],
        cwd=folder,
        env={**os.environ, "PHOTONIC_URL": url, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=ENDS_WITHIN_SECONDS,
        check=False,
    )


def pair(body: str, folder: Path) -> Iterator[Pair]:
    home, root = folder / "home", folder / "root"
    home.mkdir()
    with (
        simulated_camera("--body", body, "--speed", "4", megapixels=0.5) as camera,
        stack(root, camera=("--body", body, *PHOTO)) as service,
    ):
        yield Pair(GPhoto2(camera.port, home, folder), service.url, body)


@pytest.fixture(scope="module")
def canon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    yield from pair(CANON, tmp_path_factory.mktemp(CANON))


@pytest.fixture(scope="module")
def nikon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    yield from pair(NIKON, tmp_path_factory.mktemp(NIKON))


@pytest.fixture(scope="module")
def generic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    yield from pair(GENERIC, tmp_path_factory.mktemp(GENERIC))


def lines(output: bytes, body: str) -> str:
    """What has to be the same: without advice on debugging, raw events and times."""
    text = UNKNOWN.sub("", ADVICE.sub("", output.decode(errors="replace")))
    text = SLOT.sub("waiting", text)
    # The service does not tell names on the card, nor their capitals (decision 0065).
    return NAME_ON_CARD.sub("NAME", LOCATION.sub("LOCATION", text)).replace(".JPG", ".jpg") if body == GENERIC else text


def files(folder: Path, body: str) -> list[str]:
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return [NAME_ON_CARD.sub("NAME", name).replace(".JPG", ".jpg") for name in found] if body == GENERIC else found


def compare(cameras: Pair, given: ArgumentList, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        folder.mkdir()
        if given.existing is not None:
            (folder / given.existing).write_text("old")
    cameras.gphoto2.folder = theirs
    expected = cameras.gphoto2.try_to(*given.arguments)
    found = cameras.photonic(ours, *given.arguments)
    assert found.returncode == expected.returncode, (expected.stderr.decode(), found.stderr.decode())
    assert files(ours, cameras.body) == files(theirs, cameras.body)
    if given.existing is not None:
        kept = [(folder / given.existing).read_bytes() == b"old" for folder in (theirs, ours)]
        assert kept[0] == kept[1]
    if given.same_lines:
        texts = [lines(ran.stdout, cameras.body) for ran in (expected, found)]
        if given.unordered:
            texts = ["\n".join(sorted(text.splitlines())) for text in texts]
        assert texts[1] == texts[0]


@pytest.mark.parametrize("given", TELLING, ids=str)
def test_telling_arguments_on_an_eos(canon: Pair, given: ArgumentList, tmp_path: Path) -> None:
    compare(canon, given, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("given", BY_BODY[CANON][len(TELLING) :], ids=str)
def test_every_argument_list_on_an_eos(canon: Pair, given: ArgumentList, tmp_path: Path) -> None:
    compare(canon, given, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("given", BY_BODY[NIKON], ids=str)
def test_argument_lists_on_a_nikon(nikon: Pair, given: ArgumentList, tmp_path: Path) -> None:
    compare(nikon, given, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("given", BY_BODY[GENERIC], ids=str)
def test_argument_lists_on_a_generic_camera(generic: Pair, given: ArgumentList, tmp_path: Path) -> None:
    compare(generic, given, tmp_path)


def test_without_a_service_one_line_says_so(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    ran = photonic(url, tmp_path, "--capture-image-and-download", "--filename=x.jpg")
    assert (ran.returncode, ran.stdout) == (1, b"")
    (line,) = ran.stderr.decode().splitlines()
    assert line.startswith("*** Error: No camera found: ")
    assert "photonic serve" in line
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_done_is_said_in_one_line_and_nothing_is_tried(tmp_path: Path) -> None:
    ran = photonic("http://127.0.0.1:9", tmp_path, "--capture-image", "--upload-file", "x.jpg")
    assert (ran.returncode, ran.stdout) == (1, b"")
    (line,) = ran.stderr.decode().splitlines()
    assert line.startswith("*** Error (-6: 'Unsupported operation') ***")
    assert "--upload-file" in line
