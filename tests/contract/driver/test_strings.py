"""Text that is no UTF-8, from the simulated EOS through the real libgphoto2: shown, kept byte by byte, never fatal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.harness import run
from tests.support.usb_bus import NETWORK, SHOWN, USB, camera_on

from photonic.drivers.gphoto2.pieces import Pieces
from photonic.worker.link.codec import Decoder, message_record
from photonic.worker.link.messages import CameraOpened, Done, Event, Staged
from photonic.worker.link.setting_messages import SettingsRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera

OWNER, ARTIST, COPYRIGHT = 0xD115, 0xD1D0, 0xD1D1
NAMED_BY_USB_ID = {"canon": "Canon EOS 5D Mark III", "nikon": "Nikon DSC D750"}
"""On USB, the library names the bodies that it knows from its own list (2.5.34 ``library.c``, ``models``)."""

ODD_FILE = "\\xdcBER0001.JPG"


@pytest.fixture
def camera(transport: str) -> Iterator[SimulatedCamera]:
    with camera_on(transport, "--speed", "8") as simulated:
        yield simulated


def _shown(harness: DriverHarness) -> dict[str, object]:
    """The settings as the parent process gets them."""
    decoder: Decoder[Event] = Decoder(Event)
    record = message_record(Done(request=1, result=harness.driver.settings()))
    (done,) = _decoded(decoder, record)
    assert isinstance(done, Done)
    assert isinstance(done.result, SettingsRead)
    return {entry.path.rpartition("/")[2]: entry.value for entry in done.result.settings}


def _decoded(decoder: Decoder[Event], record: bytes) -> list[object]:
    items: list[object] = []
    while record:
        room = decoder.room()
        count = min(len(room), len(record))
        room[:count] = record[:count]
        record = record[count:]
        items += decoder.received(count)
    return items


def _live(harness: DriverHarness) -> tuple[dict[str, object], list[Staged]]:
    harness.open()
    harness.driver.start_preview()
    harness.frames(20)
    harness.capture("c")
    harness.frames(3)
    return _shown(harness), harness.log.of(Staged)


def test_a_photographer_with_an_umlaut_is_shown_and_harms_nothing(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("latin1_text")

    shown, staged = run(_live, camera.address, tmp_path)

    assert [shown[name] for name in ("ownername", "artist", "copyright")] == [
        "J\ufffdrg",
        "J\ufffdrg M\ufffdller",
        "\ufffd J\ufffdrg",
    ]
    assert [photo.capture_id for photo in staged] == ["c"]


@pytest.mark.long
def test_the_gphoto2_command_reads_the_same_bytes(camera: SimulatedCamera, transport: str, tmp_path: Path) -> None:
    camera.control.fault("latin1_text")
    command = ["gphoto2"]
    if transport == NETWORK:
        command += ["--port", f"ptpip:127.0.0.1:{camera.port}:{camera.port}", "--camera", "PTP/IP Camera"]
    command += ["--get-config", "ownername"]
    environment = {name: os.environ[name] for name in SHOWN if name in os.environ} | {"HOME": str(tmp_path)}

    oracle = subprocess.run(command, capture_output=True, check=True, timeout=30, env=environment)

    assert b"Current: J\xf6rg\n" in oracle.stdout


def _borrowed(harness: DriverHarness) -> list[str]:
    harness.open()
    harness.capture("c", settings={"artist": "Ada"})
    harness.driver.settle()
    return []


def test_a_capture_that_borrows_such_a_setting_gives_its_bytes_back(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("latin1_text")

    run(_borrowed, camera.address, tmp_path)

    artist = [entry["value"] for entry in camera.journal("set") if entry["property"] == ARTIST]
    assert artist == ["Ada", "J\udcf6rg M\udcfcller"]


def _shoot(harness: DriverHarness) -> list[Staged]:
    harness.open()
    harness.capture("c")
    return harness.log.of(Staged)


def _bring_in(harness: DriverHarness) -> tuple[list[str], dict[str, bytes], list[str]]:
    harness.open()
    listed = harness.driver.list_card()
    harness.driver.fetch(listed.objects, str(harness.staging))
    fetched = {photo.name: Path(photo.path).read_bytes() for photo in harness.log.of(Staged)}
    harness.driver.delete(next(found for found in listed.objects if found.name == ODD_FILE))
    return [found.name for found in listed.objects], fetched, [path.name for path in harness.staging.iterdir()]


def test_a_file_whose_name_is_no_utf8_is_fetched_and_deleted_by_its_bytes(
    camera: SimulatedCamera, tmp_path: Path
) -> None:
    homes = [tmp_path / "first", tmp_path / "second"]
    for home in homes:
        home.mkdir()
    (shot,) = run(_shoot, camera.address, homes[0])
    camera.control.fault("latin1_file")

    listed, fetched, staged = run(_bring_in, camera.address, homes[1])

    assert listed == [shot.name, ODD_FILE]
    assert fetched[shot.name] == Path(shot.path).read_bytes()
    assert fetched[ODD_FILE].startswith(b"\xff\xd8")
    assert all(name.isascii() for name in staged)
    assert [entry["name"] for entry in camera.journal("deleted")] == ["\udcdcBER0001.JPG"]


def _in_parts(harness: DriverHarness) -> tuple[bytes, bytes]:
    harness.open()
    harness.capture("c")
    odd = next(found for found in harness.driver.list_card().objects if found.name == ODD_FILE)
    harness.driver.fetch([odd], str(harness.staging))
    photo = harness.log.of(Staged)[-1]
    session = harness.driver._session
    assert session is not None
    pieces = Pieces(session._camera, odd.folder, odd.name, photo.size_bytes, harness.staging / "parts")
    assert pieces.fetch() == photo.size_bytes
    return Path(photo.path).read_bytes(), (harness.staging / "parts").read_bytes()


@pytest.mark.long
def test_a_file_whose_name_is_no_utf8_is_fetched_in_pieces(camera: SimulatedCamera, tmp_path: Path) -> None:
    """As a film or another large file is."""
    camera.control.fault("latin1_file")

    whole, parts = run(_in_parts, camera.address, tmp_path)

    assert parts == whole


def _opened(harness: DriverHarness) -> CameraOpened:
    opened = harness.open()
    harness.capture("c")
    return opened


@pytest.mark.parametrize(
    "body", ["canon", pytest.param("nikon", marks=pytest.mark.long), pytest.param("generic", marks=pytest.mark.long)]
)
def test_a_model_whose_name_is_no_unicode_is_opened_and_named(body: str, transport: str, tmp_path: Path) -> None:
    with camera_on(transport, "--body", body, "--speed", "8", "--fault", "odd_model") as camera:
        opened = run(_opened, camera.address, tmp_path)

    if transport == USB and body in NAMED_BY_USB_ID:
        assert opened.model == NAMED_BY_USB_ID[body]
    else:
        # libgphoto2 writes a question mark for each letter of a string that iconv refuses (2.5.34 ptp-pack.c).
        assert opened.model.endswith(" Gr??e ?")
    message_record(opened)
