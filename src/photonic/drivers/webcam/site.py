"""Requests a URL with deadlines and authentication; every network failure becomes a ``CameraError`` with advice."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx2

from photonic.errors import CameraError, FailureKind
from photonic.model.camera_address import SourceKind, redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

CONNECT_SECONDS = 5.0
READ_SECONDS = 5.0
BODY_SECONDS = 10.0
BODY_LIMIT_BYTES = 64 * 1024 * 1024
REDIRECTS = 5
OTHER_LIMIT_BYTES = 64 * 1024
"""Upper bound for the unused body of a redirect or an error."""

_GONE = frozenset({404, 410})
_FORBIDDEN = frozenset({401, 403})


class _Challenged(httpx2.Auth):
    """Basic or digest authentication (RFC 7617, RFC 7616); sends credentials only to a server that asks for them."""

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx2.BasicAuth(user, password)
        self._digest = httpx2.DigestAuth(user, password)

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request as it is, and again with the password if the server asks for it."""
        answer = yield request
        if answer.status_code == 401:
            asked = answer.headers.get("www-authenticate", "").casefold()
            yield from (self._digest if "digest" in asked else self._basic).auth_flow(request)


class _Short(httpx2.SyncByteStream):
    """The beginning of an unused body: it is read only so that the connection can be reused."""

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
    """Bounds the bodies of redirects and 401 responses, which the client reads to their end before it goes on."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._transport.handle_request(request)
        stream = response.stream
        if response.status_code != 200 and isinstance(stream, httpx2.SyncByteStream):
            response.stream = _Short(stream, stream.close)
            # A truncated body cannot be decompressed, and the size of a decompressed one is not bounded.
            response.headers.pop("content-encoding", None)
        return response

    def close(self) -> None:
        self._transport.close()


class Site:
    """One URL. Neither its errors nor its name show the user name, the password or the query.

    ``transport`` carries the requests; ``None``: the network.
    """

    def __init__(self, url: str, transport: httpx2.BaseTransport | None = None) -> None:
        whole = httpx2.URL(url)
        self._url = whole.copy_with(username="", password="", fragment=None)
        self.name = redacted(f"{SourceKind.URL}:{url}").partition(":")[2]
        self._client = httpx2.Client(
            auth=_Challenged(whole.username, whole.password) if whole.userinfo else None,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=True,
            max_redirects=REDIRECTS,
            headers={"Accept-Encoding": "identity"},
            # A proxy configured for this computer is not meant for a camera on its network.
            trust_env=False,
            transport=_Bounded(transport or httpx2.HTTPTransport(trust_env=False)),
        )

    @property
    def identity(self) -> str:
        """The URL without user name and password, which identifies the camera."""
        return str(self._url)

    @property
    def host(self) -> str:
        """The host, with the port if the URL has one."""
        return self._url.netloc.decode()

    @contextmanager
    def answer(self) -> Generator[httpx2.Response]:
        """A 200 response whose body has not been read. Raises ``CameraError``, also if reading it fails."""
        with self._translated(), closing(self._send()) as response:
            self._check_status(response.status_code)
            self._refuse_bombs(response)
            yield response

    def _send(self) -> httpx2.Response:
        """The response's headers.

        A server may close a kept-alive connection just when it is reused; a GET is then retried once (RFC 9110, 9.2.2).
        """
        for last in (False, True):
            try:
                return self._client.send(self._client.build_request("GET", self._url), stream=True)
            except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
                if last:
                    raise
            except (ValueError, LookupError, NotImplementedError) as error:
                # Raised by httpx2's digest: an unsupported scheme, or an invalid challenge.
                raise CameraError(
                    f"{self.name} uses an authentication scheme that photonic does not support; "
                    "set it to basic, or to digest with MD5 or SHA-256",
                    kind=FailureKind.BLOCKED,
                ) from error
        raise AssertionError("the last attempt returns or raises")

    def body(self, response: httpx2.Response, enough: Callable[[bytes], bool] = lambda _piece: False) -> bytes:
        """Read the body, within limits of size and time; called inside ``answer``.

        Args:
            response: The response.
            enough: Called with each piece; ends the reading when true.

        Raises:
            CameraError: The body is too large or too slow, or the connection failed.
        """
        deadline = time.monotonic() + BODY_SECONDS
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if enough(piece):
                break
            if len(body) > BODY_LIMIT_BYTES:
                raise CameraError(
                    f"{self.name} sent more than {BODY_LIMIT_BYTES} bytes and did not stop; "
                    "use the address of a picture or of an MJPEG stream",
                    kind=FailureKind.BLOCKED,
                )
            if time.monotonic() > deadline:
                raise CameraError(f"{self.name} took more than {BODY_SECONDS:.0f} s for one picture")
        return bytes(body)

    def reach(self) -> None:
        """Check that the host accepts connections, without a request. Raises ``CameraError``."""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            socket.create_connection((self._url.host, port), CONNECT_SECONDS).close()
        except OSError as error:
            raise self._absent(error) from error

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def unreadable(self, kind: str) -> CameraError:
        """The error for a response of that content type without a picture."""
        return CameraError(
            f"{self.name} answers with {kind[:60] or 'no content type'}, which is neither a JPEG nor an MJPEG "
            "stream; use the address of the picture itself",
            kind=FailureKind.BLOCKED,
        )

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except httpx2.ConnectTimeout as error:
            raise CameraError(
                f"{self.name} does not answer within {CONNECT_SECONDS:.0f} s; check its network and its power",
                kind=FailureKind.CAMERA_ABSENT,
            ) from error
        except httpx2.TimeoutException as error:
            raise CameraError(f"{self.name} has sent nothing for {READ_SECONDS:.0f} s: it is stalled") from error
        except httpx2.ConnectError as error:
            raise self._absent(error) from error
        except (httpx2.TooManyRedirects, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
            raise CameraError(
                f"{self.name} redirects endlessly or to an invalid address; use the address of the picture itself",
                kind=FailureKind.BLOCKED,
            ) from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise CameraError(f"the connection to {self.name} was lost") from error

    def _absent(self, error: Exception) -> CameraError:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__cause__ or cause.__context__
        match cause:
            case ssl.SSLCertVerificationError():
                return CameraError(
                    f"{self.name} has a certificate that is not trusted ({cause.verify_message}); "
                    "use http on your own network, or install a trusted certificate on it",
                    kind=FailureKind.BLOCKED,
                )
            case ConnectionRefusedError():
                reason = "refuses the connection; start it, or check the port"
            case socket.gaierror():
                reason = "has an unknown host name; check the spelling and the network"
            case OSError():
                reason = f"cannot be reached ({cause.strerror or cause}); check its network and its power"
            case _:
                reason = "cannot be reached; check its network and its power"
        return CameraError(f"{self.name} {reason}", kind=FailureKind.CAMERA_ABSENT)

    def _refuse_bombs(self, response: httpx2.Response) -> None:
        """Refuse several layers of compression, which could expand to any size.

        One layer turns the 64 KiB of a read into at most 64 MiB; each further one multiplies that by a thousand before
        any limit applies. The request asked for no compression at all.
        """
        if "," in response.headers.get("content-encoding", ""):
            raise CameraError(
                f"{self.name} compresses its pictures several times over; use the address of the picture itself",
                kind=FailureKind.BLOCKED,
            )

    def _check_status(self, status: int) -> None:
        if status == 200:
            return
        if status in _FORBIDDEN:
            kind, reason = FailureKind.BLOCKED, "it requires a valid user name and password in the address"
        elif status in _GONE:
            kind, reason = FailureKind.BLOCKED, "there is nothing at this path; check the address"
        elif status == 429 or status >= 500:
            kind, reason = FailureKind.CAMERA_ABSENT, "it has no picture now; retrying"
        else:
            kind, reason = FailureKind.BLOCKED, "it delivers no picture; check the address"
        raise CameraError(f"{self.name} answers {status}: {reason}", kind=kind)
