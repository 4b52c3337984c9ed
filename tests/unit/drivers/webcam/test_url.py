"""Pictures from a URL over a scripted transport: a stream, a picture, and the messages for everything else."""

from __future__ import annotations

import errno
import gzip
import os
import queue
import socket
import ssl
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.pictures import BLUE, GREEN, RED, colour_of
from tests.unit.drivers.webcam.clock import Time

from photonic.drivers.webcam.jpegs import PICTURE_LIMIT_BYTES
from photonic.drivers.webcam.site import BODY_LIMIT_BYTES, OTHER_LIMIT_BYTES
from photonic.drivers.webcam.url import UrlSource
from photonic.errors import CameraError, FailureKind
from photonic.model.camera_address import SourceAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Handler = Callable[[httpx2.Request], httpx2.Response]

URL = "http://user:geheim@camera:8080/live?key=geheim"
STREAM = {"content-type": "multipart/x-mixed-replace; boundary=--edge"}
SOON = 10.0


def part(body: bytes) -> bytes:
    return b"--edge\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(body), body)


class Feed(httpx2.SyncByteStream):
    """A body that comes piece by piece, as it is put into the queue; ``None`` ends it, an error breaks it."""

    def __init__(self) -> None:
        self.pieces: queue.SimpleQueue[bytes | Exception | None] = queue.SimpleQueue()

    def put(self, *pieces: bytes | Exception | None) -> Feed:
        for piece in pieces:
            self.pieces.put(piece)
        return self

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self.pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def source(handler: Handler, options: str = "", time: Time | None = None) -> UrlSource:
    clock = time or Time()
    address = SourceAddress.parse(f"url:{URL}{options}")
    return UrlSource(address, transport=httpx2.MockTransport(handler), clock=clock.clock, pause=clock.pause)


def streaming(*feeds: Feed) -> Handler:
    """The first request gets an empty stream (it only finds out what the URL is), each later one the next feed."""
    waiting = [Feed().put(None), *feeds]
    return lambda request: httpx2.Response(200, headers=STREAM, stream=waiting.pop(0))


def failing(answer: Callable[[httpx2.Request], httpx2.Response], options: str = "") -> CameraError:
    with pytest.raises(CameraError) as failed:
        source(answer, options).open()
    assert "geheim" not in failed.value.reason
    assert failed.value.reason.startswith(("http://camera:8080/live", "the connection to http://camera:8080/live"))
    return failed.value


BEHIND = pytest.mark.parametrize("behind", [b"\0\0", b"\r\n", bytes(70_000)], ids=len)


@BEHIND
def test_bytes_behind_the_end_of_a_picture_are_cut_off(behind: bytes) -> None:
    camera = source(lambda request: httpx2.Response(200, content=RED + behind))
    camera.open()
    assert camera.still(SOON) == RED


@BEHIND
def test_bytes_behind_the_end_of_a_part_are_cut_off(behind: bytes) -> None:
    feed = Feed()
    camera = source(streaming(feed))
    camera.open()
    camera.start()
    feed.put(part(RED + behind))
    assert camera.picture(SOON) == RED
    feed.put(None)
    camera.close()


@pytest.mark.parametrize("cut", [httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError])
def test_a_connection_that_was_closed_while_it_was_used_again_costs_nothing(cut: type[httpx2.TransportError]) -> None:
    answers: list[httpx2.Response | None] = [httpx2.Response(200, content=RED), None, httpx2.Response(200, content=RED)]

    def answer(request: httpx2.Request) -> httpx2.Response:
        if (given := answers.pop(0)) is None:
            raise cut("the server has closed it")
        return given

    camera = source(answer)
    camera.open()
    assert camera.still(SOON) == RED
    answers += [None, None]
    with pytest.raises(CameraError, match="was lost"):
        camera.still(SOON)


def test_of_a_stream_the_newest_picture_is_given_and_none_twice() -> None:
    feed = Feed()
    camera = source(streaming(feed))
    identity = camera.open()
    assert (identity.model, identity.serial[:4]) == ("Stream of camera:8080", "URL-")
    camera.start()
    feed.put(part(RED) + part(GREEN))
    assert colour_of(camera.picture(SOON) or b"") == "green"
    assert camera.picture(0.0) is None
    feed.put(part(BLUE)[:100])
    assert camera.picture(0.0) is None
    feed.put(part(BLUE)[100:], None)
    assert colour_of(camera.picture(SOON) or b"") == "blue"
    with pytest.raises(CameraError, match="ended its stream"):
        camera.picture(SOON)
    camera.close()


def test_a_still_of_a_stream_came_after_it_was_asked_for() -> None:
    feed = Feed().put(part(RED))
    camera = source(streaming(feed))
    camera.open()
    camera.start()
    while camera._reader is None or not camera._reader.seen:
        pass
    feed.put(part(GREEN), None)
    assert colour_of(camera.still(SOON)) == "green"
    camera.close()


def test_a_still_without_live_view_connects_for_it_and_leaves_again() -> None:
    camera = source(streaming(Feed().put(part(BLUE), None)))
    camera.open()
    assert colour_of(camera.still(SOON)) == "blue"
    assert camera._reader is None


def test_a_stream_that_stalls_is_told_with_what_came_instead() -> None:
    time = Time()
    others = part(b"no jpeg"), part(b"neither")
    feed = Feed().put(part(RED), *others)
    camera = source(streaming(feed), time=time)
    camera.open()
    camera.start()
    assert camera.picture(SOON) is not None
    assert camera.picture(0.0) is None
    reader = camera._reader
    assert reader is not None
    size = sum(map(len, others))
    while reader._unused_bytes < size:
        pass
    time.now += 4.0
    with pytest.raises(CameraError, match=f"stalled: {size} bytes without a complete JPEG") as failed:
        camera.picture(0.0)
    assert failed.value.kind is FailureKind.CAMERA_FAULT
    feed.put(None)
    camera.close()


def test_a_stuck_stream_is_connected_to_anew_but_not_while_its_first_picture_is_awaited() -> None:
    first, second = Feed(), Feed().put(part(GREEN))
    camera = source(streaming(first, second))
    camera.open()
    camera.start()
    awaited = camera._reader
    camera.start()
    assert camera._reader is awaited
    first.put(part(RED))
    assert camera.picture(SOON) is not None
    first.put(None)
    camera.start()
    assert colour_of(camera.picture(SOON) or b"") == "green"
    second.put(None)
    camera.close()


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ((RED[:-2] + bytes(PICTURE_LIMIT_BYTES),), "damaged stream: a picture of more than"),
        ((httpx2.ReadTimeout("slow"),), "has sent nothing for 5 s"),
        ((httpx2.RemoteProtocolError("cut"),), "was lost"),
        ((part(RED)[:-400], None), "ended its stream"),
    ],
)
def test_a_stream_that_fails_says_how(pieces: tuple[bytes | Exception | None, ...], said: str) -> None:
    camera = source(streaming(Feed().put(*pieces)))
    camera.open()
    camera.start()
    with pytest.raises(CameraError, match=said) as failed:
        camera.picture(SOON)
    assert failed.value.kind is FailureKind.CAMERA_FAULT
    camera.close()


def test_a_picture_is_asked_for_again_and_again_at_its_rate() -> None:
    time = Time()
    asked: list[float] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(round(time.now, 6))
        return httpx2.Response(200, headers={"content-type": "application/octet-stream"}, content=GREEN)

    camera = source(answer, "#fps=2", time)
    assert camera.open().model == "Picture of camera:8080"
    camera.start()
    pictures = [camera.picture(0.9) for _ in range(3)]
    assert pictures == [GREEN] * 3
    assert asked == [100.0, 100.0, 100.5, 101.0]
    assert camera.still(1.0) == GREEN


@pytest.mark.parametrize("challenge", ["Basic realm=x", 'Digest realm="x", nonce="n", qop="auth", algorithm=MD5'])
def test_the_password_is_given_to_who_asks_for_it_in_the_form_asked_for(challenge: str) -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        given = request.headers.get("authorization")
        seen.append((str(request.url), given))
        if given is None:
            return httpx2.Response(401, headers={"www-authenticate": challenge})
        return httpx2.Response(200, content=RED)

    source(answer).open()
    assert {url for url, _given in seen} == {"http://camera:8080/live?key=geheim"}
    assert seen[0][1] is None
    assert (seen[-1][1] or "").startswith(challenge.split(maxsplit=1)[0])


def test_the_password_does_not_follow_to_another_host() -> None:
    seen: list[tuple[str, bool]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append((request.url.host, "authorization" in request.headers))
        if request.url.host == "camera":
            return httpx2.Response(302, headers={"location": "http://elsewhere/"})
        return httpx2.Response(401, headers={"www-authenticate": "Basic realm=x"})

    failing(answer)
    assert ("elsewhere", True) not in seen


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, FailureKind.BLOCKED, "answers 401: it requires a valid user name and password in the address"),
        (403, FailureKind.BLOCKED, "answers 403"),
        (404, FailureKind.BLOCKED, "answers 404: there is nothing at this path"),
        (418, FailureKind.BLOCKED, "answers 418"),
        (204, FailureKind.BLOCKED, "answers 204"),
        (429, FailureKind.CAMERA_ABSENT, "answers 429"),
        (503, FailureKind.CAMERA_ABSENT, "answers 503: it has no picture now"),
    ],
)
def test_every_status_has_its_kind_and_reason(status: int, kind: FailureKind, said: str) -> None:
    failure = failing(lambda request: httpx2.Response(status))
    assert failure.kind is kind
    assert said in failure.reason


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "text/html"}, b"<html>"),
        ({"content-type": "image/jpeg"}, RED[:-2]),
        ({"content-type": "image/png"}, b"\x89PNG"),
        ({}, b""),
    ],
)
def test_what_is_no_picture_is_refused(headers: dict[str, str], body: bytes) -> None:
    failure = failing(lambda request: httpx2.Response(200, headers=headers, content=body))
    assert failure.kind is FailureKind.BLOCKED
    assert "neither a JPEG nor an MJPEG stream" in failure.reason


def test_a_body_without_end_is_refused() -> None:
    endless = (bytes(1024 * 1024) for _ in range(BODY_LIMIT_BYTES // 1024 // 1024 + 2))
    failure = failing(lambda request: httpx2.Response(200, content=endless))
    assert failure.kind is FailureKind.BLOCKED
    assert "and did not stop" in failure.reason


def test_a_picture_that_is_compressed_once_is_shown_and_more_often_refused() -> None:
    def compressed(content: bytes, encoding: str) -> Handler:
        return lambda request: httpx2.Response(200, headers={"content-encoding": encoding}, content=content)

    once = gzip.compress(RED)
    camera = source(compressed(once, "gzip"))
    camera.open()
    assert colour_of(camera.still(SOON)) == "red"

    failure = failing(compressed(gzip.compress(once), "gzip, gzip"))
    assert failure.kind is FailureKind.BLOCKED
    assert "several times" in failure.reason


def test_redirects_in_a_circle_end() -> None:
    failure = failing(lambda request: httpx2.Response(302, headers={"location": "/live?key=geheim"}))
    assert failure.kind is FailureKind.BLOCKED


@pytest.mark.parametrize("status", [302, 401])
def test_an_answer_that_is_no_picture_is_not_read_to_its_end(status: int) -> None:
    """The client would read it before it goes on, into memory."""
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        while given < 10_000_000:
            given += 16_384
            yield bytes(16_384)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/picture" or "authorization" in request.headers:
            return httpx2.Response(200, content=RED)
        headers = {"location": "/picture"} if status == 302 else {"www-authenticate": "Basic"}
        return httpx2.Response(status, headers={"content-encoding": "gzip", **headers}, content=endless())

    camera = source(answer)
    camera.open()
    assert 0 < given <= OTHER_LIMIT_BYTES + 16_384


@pytest.mark.parametrize("challenge", ["Digest ,,,=", 'Digest realm="r", nonce="n", qop="auth-int"', "Digest"])
def test_a_challenge_that_is_none_is_refused_in_words(challenge: str) -> None:
    failure = failing(lambda request: httpx2.Response(401, headers={"www-authenticate": challenge}))
    assert failure.kind is FailureKind.BLOCKED


def _refused(error: Exception) -> Handler:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no") from error

    return answer


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), FailureKind.CAMERA_ABSENT, "refuses the connection"),
        (OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)), FailureKind.CAMERA_ABSENT, "No route to host"),
        (socket.gaierror(-2, "x"), FailureKind.CAMERA_ABSENT, "unknown host name"),
        (RuntimeError("x"), FailureKind.CAMERA_ABSENT, "cannot be reached"),
    ],
)
def test_a_host_that_is_not_there_is_waited_for(error: Exception, kind: FailureKind, said: str) -> None:
    failure = failing(_refused(error))
    assert failure.kind is kind
    assert said in failure.reason


def test_a_certificate_that_is_not_to_be_trusted_is_named() -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = "self-signed certificate"
    failure = failing(_refused(error))
    assert failure.kind is FailureKind.BLOCKED
    assert "self-signed certificate" in failure.reason


def test_a_host_that_does_not_answer_is_absent() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("no")

    assert failing(answer).kind is FailureKind.CAMERA_ABSENT
