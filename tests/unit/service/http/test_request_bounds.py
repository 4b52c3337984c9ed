from __future__ import annotations

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.service.http.request_bounds import (
    BODY_LIMIT_BYTES,
    FIELDS_LIMIT,
    HEAD_LIMIT_BYTES,
    PIECE_BYTES,
    Part,
    RequestBounds,
    RequestRejected,
)


class Reading:
    """A parser with bounds, fed as by a connection."""

    def __init__(self) -> None:
        self.bounds = RequestBounds()
        self.kept_bytes = 0
        self._parser = httptools.HttpRequestParser(self)

    def feed(self, data: bytes, piece_bytes: int = PIECE_BYTES) -> int:
        """The number of bytes accepted before a refusal, or in all; -1: they are not valid HTTP."""
        for start in range(0, len(data), piece_bytes):
            piece = data[start : start + piece_bytes]
            try:
                self._parser.feed_data(piece)
                self.bounds.fed(len(piece))
            except RequestRejected:
                return start + len(piece)
            except httptools.HttpParserError as error:
                return start + len(piece) if isinstance(error.__context__, RequestRejected) else -1
        return len(data)

    def on_message_begin(self) -> None:
        self.bounds.begin()

    def on_url(self, url: bytes) -> None:
        self.bounds.address(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.bounds.field(name, value)
        self.kept_bytes += len(name) + len(value)

    def on_headers_complete(self) -> None:
        self.bounds.head_complete()

    def on_message_complete(self) -> None:
        self.bounds.complete()


BEGIN = b"GET / HTTP/1.1\r\n"


@given(
    fields=st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 30_000)), max_size=150),
    piece_bytes=st.integers(1, PIECE_BYTES),
)
def test_no_head_exceeds_its_bound_by_more_than_a_piece(fields: list[tuple[int, int]], piece_bytes: int) -> None:
    lines = [b"x" * name + b": " + b"y" * value + b"\r\n" for name, value in fields]
    head = BEGIN + b"".join(lines) + b"\r\n"
    reading = Reading()
    taken = reading.feed(head, piece_bytes)
    fits = len(fields) <= FIELDS_LIMIT and len(head) <= HEAD_LIMIT_BYTES
    assert taken <= HEAD_LIMIT_BYTES + 2 * PIECE_BYTES + len(BEGIN)
    assert reading.kept_bytes <= HEAD_LIMIT_BYTES
    assert (reading.bounds.part is Part.BETWEEN) or not fits


def test_a_queue_of_requests_is_counted_one_by_one() -> None:
    one = BEGIN + b"Cookie: " + b"c" * 10_000 + b"\r\n\r\n"
    reading = Reading()
    assert reading.feed(one * 20) == 20 * len(one)
    assert reading.bounds.part is Part.BETWEEN


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"1;x=" + b"y" * 100_000_0, id="chunk extension"),
        pytest.param(b"1\r\na\r\n" * 500_000, id="chunks"),
        pytest.param(b"0\r\n" + b"X: y\r\n" * 500_000, id="trailers"),
    ],
)
def test_the_bytes_after_a_head_have_a_bound(endless: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert 0 < Reading().feed(head + endless) <= BODY_LIMIT_BYTES + 2 * PIECE_BYTES


def test_blank_lines_before_a_request_have_a_bound() -> None:
    assert Reading().feed(b"\r\n" * 100_000) <= 2 * PIECE_BYTES


def test_a_second_host_is_refused_but_not_in_a_trailer() -> None:
    reading = Reading()
    reading.bounds.begin()
    reading.bounds.field(b"Host", b"a")
    with pytest.raises(RequestRejected, match="more than one host") as refusal:
        reading.bounds.field(b"hOST", b"a")
    assert refusal.value.status == 400
