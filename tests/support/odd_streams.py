"""A server of pictures in every form that is met in the field: MJPEG streams and snapshots, one path each."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from tests.support.pictures import jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

PICTURES = tuple(jpeg(colour, (64, 48)) for colour in ("red", "green", "blue", "yellow"))
EVERY_SECONDS = 0.02
MIXED = b"multipart/x-mixed-replace"


@dataclass(frozen=True)
class Form:
    """``head``: of the answer, without its status line and end; ``part``: what is sent for picture ``number``.

    ``end``: of each head's lines. ``once``: one part, and the connection ends.
    """

    head: bytes
    part: Callable[[bytes, int], bytes]
    version: bytes = b"HTTP/1.0"
    end: bytes = b"\r\n"
    once: bool = False


def _part(
    delimiter: bytes, *fields: bytes, before: bytes = b"", behind: bytes = b"\r\n", end: bytes = b"\r\n"
) -> Callable[[bytes, int], bytes]:
    """``%d`` in a field is the picture's length."""

    def made(picture: bytes, _number: int) -> bytes:
        heads = [field % len(picture) if b"%d" in field else field for field in fields]
        return end.join([delimiter, *heads, b"", b""]) + before + picture + behind

    return made


def _longer(picture: bytes, more: int, behind: bytes) -> bytes:
    head = b"--x1\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (len(picture) + more)
    return head + picture + behind


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _with_a_broken_one(picture: bytes, number: int) -> bytes:
    """Every other picture ends in the middle of its coded data, of its Exif, or of its head."""
    cut = (len(picture) - 3, 30, len(picture) // 2, 4)[number % 4]
    whole, head = TYPICAL(picture, number), b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"
    return whole + head + picture[:cut] + b"\r\n"


TYPICAL = _part(b"--frame", b"Content-Type: image/jpeg", b"Content-Length: %d")
NAMED = MIXED + b"; boundary=frame"


def _typed(kind: bytes, part: Callable[[bytes, int], bytes] = TYPICAL, **other: object) -> Form:
    return Form(b"Content-Type: " + kind, part, **other)  # type: ignore[arg-type]


STREAMS: dict[str, Form] = {
    "typical": _typed(NAMED),
    # The cases of the field.
    "zeros behind, counted": _typed(MIXED + b";boundary=x1", lambda j, _n: b"\r\n" + _longer(j, 300, bytes(300))),
    "garbage behind, counted": _typed(MIXED + b";boundary=x1", lambda j, _n: _longer(j, 64, b"\x12\x34" * 32)),
    "line end counted": _typed(MIXED + b"; boundary=x1", lambda j, _n: _longer(j, 2, b"\r\n")),
    # The boundary.
    "boundary with a blank": _typed(MIXED + b"; boundary =frame"),
    "boundary with blanks": _typed(MIXED + b" ;  boundary = frame ; charset=x"),
    "boundary in quotes": _typed(MIXED + b'; boundary="frame"'),
    "boundary in other quotes": _typed(MIXED + b"; boundary='frame'"),
    "boundary with its dashes": _typed(MIXED + b"; boundary=--frame"),
    "boundary with more dashes": _typed(MIXED + b"; boundary=----frame", _part(b"------frame", b"Content-Length: %d")),
    "BOUNDARY": _typed(b"Multipart/X-Mixed-Replace; BOUNDARY=frame"),
    "no boundary": _typed(MIXED),
    "empty boundary": _typed(MIXED + b'; boundary=""'),
    "another boundary": _typed(MIXED + b"; boundary=other"),
    "endless boundary": _typed(MIXED + b"; boundary=" + b"f" * 500, _part(b"--" + b"f" * 500, b"Content-Length: %d")),
    # The length.
    "no length": _typed(NAMED, _part(b"--frame", b"Content-Type: image/jpeg")),
    "length too short": _typed(NAMED, _part(b"--frame", b"Content-Length: 10")),
    "length of nothing": _typed(NAMED, _part(b"--frame", b"Content-Length: 0")),
    "length too long": _typed(NAMED, _part(b"--frame", b"Content-Length: 2000000000")),
    "length below zero": _typed(NAMED, _part(b"--frame", b"Content-Length: -1")),
    "length in words": _typed(NAMED, _part(b"--frame", b"Content-Length: many")),
    # The heads of parts.
    "lower case": _typed(NAMED, _part(b"--frame", b"content-type: image/jpeg", b"content-length: %d")),
    "no head": _typed(NAMED, _part(b"--frame")),
    "no blank line": _typed(NAMED, lambda j, _n: b"--frame\r\nContent-Type: image/jpeg\r\n" + j + b"\r\n"),
    "no colon": _typed(NAMED, _part(b"--frame", b"a line without one", b"Content-Length: %d")),
    "long head": _typed(NAMED, _part(b"--frame", b"X-Pad: " + b"x" * 20_000, b"Content-Length: %d")),
    "line ends of one byte": _typed(NAMED, _part(b"--frame", b"Content-Length: %d", behind=b"\n", end=b"\n")),
    "nothing behind": _typed(NAMED, _part(b"--frame", b"Content-Length: %d", behind=b"")),
    "blank lines before": _typed(NAMED, _part(b"--frame", b"Content-Type: image/jpeg", before=b"\r\n\r\n")),
    "text before": _typed(NAMED, _part(b"a preamble of some words\r\n--frame", b"Content-Length: %d")),
    "other parts": _typed(NAMED, lambda j, n: b"--frame\r\nContent-Type: text/plain\r\n\r\nhello\r\n" + TYPICAL(j, n)),
    "cut pictures": _typed(NAMED, _with_a_broken_one),
    # The answer.
    "octets": _typed(b"application/octet-stream"),
    "no type": Form(b"X-Nothing: x", TYPICAL),
    "said to be one picture": _typed(b"image/jpeg"),
    "pictures and nothing between": _typed(b"video/x-motion-jpeg", lambda j, _n: j),
    "HTTP/1.1 without a length": _typed(NAMED, version=b"HTTP/1.1"),
    "chunked": Form(
        b"Transfer-Encoding: chunked\r\nContent-Type: " + NAMED, lambda j, n: _chunk(TYPICAL(j, n)), b"HTTP/1.1"
    ),
    "head with line ends of one byte": _typed(NAMED, end=b"\n"),
}


def _snapshot(behind: bytes, before: bytes = b"", *, sized: bool = True, kind: bytes = b"image/jpeg") -> Form:
    length = len(before) + len(PICTURES[0]) + len(behind)
    head = b"Content-Type: " + kind + (b"\r\nContent-Length: %d" % length if sized else b"")
    return Form(head, lambda _j, _n: before + PICTURES[0] + behind, b"HTTP/1.1", once=True)


SNAPSHOTS: dict[str, Form] = {
    "plain": _snapshot(b""),
    "line end": _snapshot(b"\r\n"),
    "3 zeros": _snapshot(bytes(3)),
    "300 zeros": _snapshot(bytes(300)),
    "garbage": _snapshot(b"\x12\x34" * 32),
    "line end before": _snapshot(b"", b"\r\n"),
    "no length": _snapshot(bytes(2), sized=False),
    "octets": _snapshot(b"", kind=b"application/octet-stream"),
    "text": _snapshot(b"", kind=b"text/html"),
}


class OddServer:
    """``url(name)`` gives each form; every connection has a thread of its own, until it or the server ends."""

    def __init__(self, forms: dict[str, Form]) -> None:
        self._forms = {f"/{number}": form for number, form in enumerate(forms.values())}
        self._paths = dict(zip(forms, self._forms, strict=True))
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    def url(self, name: str) -> str:
        """Where this form is served."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{self._paths[name]}"

    def run(self) -> None:
        """Serve until ``close``."""
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """End every connection."""
        self._closing.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5.0)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                if not (data := connection.recv(4096)):
                    return
                request += data
            form = self._forms[request.split()[1].decode()]
            connection.sendall(
                form.end.join([form.version + b" 200 OK", form.head.replace(b"\r\n", form.end), b"", b""])
            )
            for number in count():
                connection.sendall(form.part(PICTURES[number % len(PICTURES)], number))
                if form.once or self._closing.wait(EVERY_SECONDS):
                    return


@contextmanager
def odd_server(forms: dict[str, Form]) -> Generator[OddServer]:
    """A server of these forms, while the context lasts."""
    server = OddServer(forms)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5.0)
