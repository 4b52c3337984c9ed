"""Streams and pictures of unusual form, over real sockets: what browsers and ffmpeg show is shown, and whole."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tests.support.commands import running
from tests.support.first_short import first_short
from tests.support.odd_streams import PICTURES, SNAPSHOTS, STREAMS, OddServer, odd_server
from tests.system.webcam.watching import photo, ready, when

from photonic.drivers.webcam.url import UrlSource
from photonic.model.camera_address import SourceAddress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITHIN_SECONDS = 30.0
SOON = 1.0


@pytest.fixture(scope="module")
def streams() -> Iterator[OddServer]:
    with odd_server(STREAMS) as server:
        yield server


@pytest.fixture(scope="module")
def snapshots() -> Iterator[OddServer]:
    with odd_server(SNAPSHOTS) as server:
        yield server


def seen(url: str, wanted: int) -> list[bytes]:
    """So many different pictures of a source, and that it is given none that was not sent whole."""
    source = UrlSource(SourceAddress.parse(f"url:{url}#fps=20"))
    until = time.monotonic() + WITHIN_SECONDS
    found: list[bytes] = []
    try:
        source.open()
        source.start()
        while len(found) < wanted:
            assert time.monotonic() < until, f"{len(found)} of {wanted} pictures were seen"
            picture = source.picture(SOON)
            assert picture is None or picture in PICTURES
            if picture is not None and picture not in found:
                found.append(picture)
        assert source.still(WITHIN_SECONDS) in PICTURES
    finally:
        source.close()
    return found


@pytest.mark.parametrize("form", STREAMS)
def test_a_stream_of_this_form_is_shown(streams: OddServer, form: str) -> None:
    assert len(seen(streams.url(form), 2)) == 2


@pytest.mark.parametrize("form", SNAPSHOTS)
def test_a_picture_of_this_form_is_shown(snapshots: OddServer, form: str) -> None:
    assert seen(snapshots.url(form), 1) == [PICTURES[0]]


@pytest.mark.parametrize("form", first_short(["zeros behind, counted", "boundary with a blank"]))
def test_a_service_shows_it_and_takes_photos_of_it(streams: OddServer, tmp_path: Path, form: str) -> None:
    place = ("--port", "0", "--photo-root", str(tmp_path / "photos"))
    with running("serve", "--camera", f"url:{streams.url(form)}", *place) as service:
        when(service.url(), ready)
        assert photo(service.url()) in PICTURES
