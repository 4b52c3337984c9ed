"""The way to a URL: requests with deadlines, signed in, and every failure of the network in words with a kind."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx2

from photonic.errors import CameraError, FailureKind
from photonic.model.camera_address import SourceKind, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

CONNECT_SECONDS = 5.0
READ_SECONDS = 5.0
BODY_SECONDS = 10.0
BODY_LIMIT_BYTES = 64 * 1024 * 1024
REDIRECTS = 5
OTHER_LIMIT_BYTES = 64 * 1024
"""Of the body of an answer that is no picture, which nobody reads."""
_GONE = frozenset({404, 410})
_FORBIDDEN = frozenset({401, 403})


class _Challenged(httpx2.Auth):
    """Basic or digest (RFC 7617, RFC 7616), as the server asks; nothing is told to one that does not ask."""

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx2.BasicAuth(user, password)
        self._digest = httpx2.DigestAuth(user, password)

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """The request as it is, and again with the password where that is asked for."""
        answer = yield request
        if answer.status_code == 401:
            asked = answer.headers.get("www-authenticate", "").casefold()
            yield from (self._digest if "digest" in asked else self._basic).auth_flow(request)


class _Short(httpx2.SyncByteStream):
    """The beginning of a body: what stands there is of no interest, but a connection is used again at its end."""

    def __init__(self, stream: Iterable[bytes], close: Callable[[], None]) -> None:
        self._stream = stream
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        deadline, got = time.monotonic() + BODY_SECONDS, 0
        for piece in self._stream:
            got += len(piece)
            yield piece
            if got > OTHER_LIMIT_BYTES or time.monotonic() > deadline:
                return

    def close(self) -> None:
        self._close()


class _Bounded(httpx2.BaseTransport):
    """The client reads all of a redirect and of a request for a password before it goes on: here they have an end."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._transport.handle_request(request)
        stream = response.stream
        if response.status_code != 200 and isinstance(stream, httpx2.SyncByteStream):
            response.stream = _Short(stream, stream.close)
            # Cut off it cannot be unpacked, and unpacked it has no bound.
            response.headers.pop("content-encoding", None)
        return response

    def close(self) -> None:
        self._transport.close()


class Site:
    """One URL. Neither user name nor password nor query is in any error or name of it.

    ``transport``: what carries the requests, ``None``: the network.
    """

    def __init__(self, url: str, transport: httpx2.BaseTransport | None = None) -> None:
        whole = httpx2.URL(url)
        self._url = whole.copy_with(username="", password="", fragment=None)
        self.name = shown(f"{SourceKind.URL}:{url}").partition(":")[2]
        self._client = httpx2.Client(
            auth=_Challenged(whole.username, whole.password) if whole.userinfo else None,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=True,
            max_redirects=REDIRECTS,
            headers={"Accept-Encoding": "identity"},
            # What a proxy of this computer is for, a camera beside it is not.
            trust_env=False,
            transport=_Bounded(transport or httpx2.HTTPTransport(trust_env=False)),
        )

    @property
    def identity(self) -> str:
        """The URL without user name and password: what makes it this camera and no other."""
        return str(self._url)

    @property
    def host(self) -> str:
        """The host, with the port where it is named."""
        return self._url.netloc.decode()

    @contextmanager
    def answer(self) -> Generator[httpx2.Response]:
        """A 200 answer whose body is still to be read. Raises ``CameraError``, also out of reading inside."""
        with self._translated(), closing(self._asked()) as response:
            self._judge(response.status_code)
            self._refuse_bombs(response)
            yield response

    def _asked(self) -> httpx2.Response:
        """The answer's head. A server may close a connection that it had left open just when it is used again: whoever
        only asks for something then asks once more (RFC 9110, 9.2.2)."""
        for last in (False, True):
            try:
                return self._client.send(self._client.build_request("GET", self._url), stream=True)
            except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
                if last:
                    raise
            except (ValueError, LookupError, NotImplementedError) as error:
                # Out of httpx2's digest: forms that it does not know, and what is no challenge at all.
                raise CameraError(
                    f"{self.name} asks for its password in a form that photonic does not know; "
                    "set it to basic or to digest with MD5 or SHA-256",
                    kind=FailureKind.BLOCKED,
                ) from error
        raise AssertionError("the last try returns or raises")

    def body(self, response: httpx2.Response, enough: Callable[[bytes], bool] = lambda _piece: False) -> bytes:
        """The whole body, or up to where ``enough`` says so, within limits of size and time; called inside ``answer``.

        Raises ``CameraError``.
        """
        deadline = time.monotonic() + BODY_SECONDS
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if enough(piece):
                break
            if len(body) > BODY_LIMIT_BYTES:
                raise CameraError(
                    f"{self.name} sends more than {BODY_LIMIT_BYTES} bytes and no end; "
                    "give the address of a picture or of an MJPEG stream",
                    kind=FailureKind.BLOCKED,
                )
            if time.monotonic() > deadline:
                raise CameraError(f"{self.name} took more than {BODY_SECONDS:.0f} s for one picture")
        return bytes(body)

    def reach(self) -> None:
        """Look whether somebody listens there, and ask for nothing. Raises ``CameraError``."""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            socket.create_connection((self._url.host, port), CONNECT_SECONDS).close()
        except OSError as error:
            raise self._absent(error) from error

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def unreadable(self, kind: str) -> CameraError:
        """It answers with something of that content type that is no picture."""
        return CameraError(
            f"{self.name} answers with {kind[:60] or 'something without a type'}, which is neither a JPEG nor an MJPEG "
            "stream; give the address of the picture itself",
            kind=FailureKind.BLOCKED,
        )

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except httpx2.ConnectTimeout as error:
            raise CameraError(
                f"{self.name} does not answer within {CONNECT_SECONDS:.0f} s; see to its network and its power",
                kind=FailureKind.CAMERA_ABSENT,
            ) from error
        except httpx2.TimeoutException as error:
            raise CameraError(f"{self.name} sends nothing for {READ_SECONDS:.0f} s: it is stalled") from error
        except httpx2.ConnectError as error:
            raise self._absent(error) from error
        except (httpx2.TooManyRedirects, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise CameraError(
                f"{self.name} leads elsewhere and nowhere; give the address of the picture itself",
                kind=FailureKind.BLOCKED,
            ) from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise CameraError(f"the connection to {self.name} broke off") from error

    def _absent(self, error: Exception) -> CameraError:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__cause__ or cause.__context__
        match cause:
            case ssl.SSLCertVerificationError():
                return CameraError(
                    f"{self.name} shows a certificate that is not to be trusted ({cause.verify_message}); "
                    "use http on a network of your own, or give it a certificate",
                    kind=FailureKind.BLOCKED,
                )
            case ConnectionRefusedError():
                reason = "refuses the connection; start it, or see to the port"
            case socket.gaierror():
                reason = "has a name that is not found; see to its spelling and the network"
            case OSError():
                reason = f"cannot be reached ({cause.strerror or cause}); see to its network and its power"
            case _:
                reason = "cannot be reached; see to its network and its power"
        return CameraError(f"{self.name} {reason}", kind=FailureKind.CAMERA_ABSENT)

    def _refuse_bombs(self, response: httpx2.Response) -> None:
        """One layer of compression turns the 64 KiB of a read into 64 MiB at the most; each further one, into a
        thousand times as many, before any limit sees them. Nobody asked for compression at all."""
        if "," in response.headers.get("content-encoding", ""):
            raise CameraError(
                f"{self.name} compresses its pictures several times over; give the address of the picture itself",
                kind=FailureKind.BLOCKED,
            )

    def _judge(self, status: int) -> None:
        if status == 200:
            return
        if status in _FORBIDDEN:
            kind, reason = FailureKind.BLOCKED, "it wants a user name and a password that it knows"
        elif status in _GONE:
            kind, reason = FailureKind.BLOCKED, "nothing is there; see to the path of the address"
        elif status == 429 or status >= 500:
            kind, reason = FailureKind.CAMERA_ABSENT, "it has no picture now, and is asked again"
        else:
            kind, reason = FailureKind.BLOCKED, "it gives no picture; see to the address"
        raise CameraError(f"{self.name} answers {status}: {reason}", kind=kind)
