"""One try at a webhook: what is sent, signed by what, and what each answer means."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.notifications import KEY, SECRET, notice
from tests.support.receiver import Receiver, listening
from tests.support.surroundings import THIS_MACHINE, timekeeping

from photonic.model.hook import Webhook
from photonic.service.notify.notification import Delivered, DeliveryFailed, Retry, Verdict
from photonic.service.notify.webhook import LONGEST_WAIT_SECONDS, WebhookSender

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_780_000_000.0
URL = "https://example.org/photos?a=1"


def sender(answer: Callable[[httpx2.Request], httpx2.Response], **fields: object) -> WebhookSender:
    webhook = Webhook.model_validate({"url": URL, **fields})
    return WebhookSender(
        webhook, time=timekeeping(wall=lambda: datetime.fromtimestamp(NOW, UTC)), transport=httpx2.MockTransport(answer)
    )


def _given_only(verify: object, **_other: object) -> ssl.SSLContext:
    """What a client makes of ``verify``, where it need not read the authorities."""
    assert isinstance(verify, ssl.SSLContext)
    return verify


async def answered(status: int, headers: dict[str, str] | None = None) -> Verdict:
    return await sender(lambda _request: httpx2.Response(status, headers=headers)).deliver(notice())


async def test_the_record_is_sent_and_signed_as_standard_webhooks_has_it() -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(204)

    assert await sender(answer, secret=SECRET).deliver(notice()) == Delivered()
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["webhook-id"] == "n"
    assert request.headers["webhook-timestamp"] == "1780000000"
    signed = b"n.1780000000." + request.content
    digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{digest}"
    body = json.loads(request.content)
    assert (body["type"], body["timestamp"]) == ("photo.saved", "2026-05-28T20:26:40+00:00")
    assert (body["data"]["session_id"], body["data"]["new_photo_ids"]) == ("guest", ["c-1", "c-2"])


async def test_without_a_secret_nothing_is_signed() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200 if "webhook-signature" not in request.headers else 400)

    assert await sender(answer).deliver(notice()) == Delivered()


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        (200, {}, Delivered()),
        (503, {}, Retry("answered 503")),
        (500, {"retry-after": "7"}, Retry("answered 500", 7.0)),
        (429, {"retry-after": "999999"}, Retry("answered 429", LONGEST_WAIT_SECONDS)),
        (429, {"retry-after": "Thu, 28 May 2026 20:27:40 GMT"}, Retry("answered 429", 60.0)),
        (429, {"retry-after": "Thu, 28 May 2020 20:27:40 GMT"}, Retry("answered 429")),
        (408, {"retry-after": "soon"}, Retry("answered 408")),
        (425, {"retry-after": "-1"}, Retry("answered 425")),
        # By the receiver's own clock, which says how far ours is off.
        (
            429,
            {"date": "Thu, 28 May 2020 20:27:00 GMT", "retry-after": "Thu, 28 May 2020 20:27:40 GMT"},
            Retry("answered 429", 40.0),
        ),
        (
            400,
            {"date": "Thu, 28 May 2026 21:26:40 GMT"},
            Retry("answered 400, and this machine's clock is 3600 s behind the receiver's: set the clock"),
        ),
        (
            401,
            {"date": "Thu, 28 May 2026 20:16:40 GMT"},
            Retry("answered 401, and this machine's clock is 600 s ahead of the receiver's: set the clock"),
        ),
        (403, {"date": "Thu, 28 May 2026 20:24:40 GMT"}, DeliveryFailed("answered 403")),
        (404, {"date": "yesterday"}, DeliveryFailed("answered 404")),
        (404, {}, DeliveryFailed("answered 404")),
        (401, {}, DeliveryFailed("answered 401")),
        (
            302,
            {"location": "https://evil.example/"},
            DeliveryFailed("answered 302 (redirect): change the URL to the new address"),
        ),
    ],
)
async def test_what_an_answer_means(status: int, headers: dict[str, str], verdict: Verdict) -> None:
    assert await answered(status, headers) == verdict


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
async def test_no_answer_is_tried_again(error: type[httpx2.TransportError]) -> None:
    def fail(_request: httpx2.Request) -> httpx2.Response:
        raise error("refused")

    verdict = await sender(fail).deliver(notice())
    assert isinstance(verdict, Retry)
    assert verdict.reason.startswith("no answer")


async def test_a_receiver_that_trickles_its_head_is_left_at_the_deadline() -> None:
    async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"x: y\r\n")
            await asyncio.sleep(0.05)

    async with listening(trickle) as url:
        verdict = await WebhookSender(Webhook(url=url, seconds=0.5), time=THIS_MACHINE.time).deliver(notice())
    assert verdict == Retry("no answer within 0.5 s")


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    receiver = Receiver(200)
    async with listening(receiver.handle) as url:
        assert await WebhookSender(Webhook(url=url), time=THIS_MACHINE.time).deliver(notice()) == Delivered()


async def test_the_machines_authorities_are_read_once_and_the_loop_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading them takes as long as a frame of live view, for each photo."""
    read = httpx2.create_ssl_context
    threads: list[int] = []

    def reading(*, trust_env: bool) -> ssl.SSLContext:
        threads.append(threading.get_ident())
        return read(trust_env=trust_env)

    monkeypatch.setattr(httpx2, "create_ssl_context", reading)
    monkeypatch.setattr("httpx2._transports.default.create_ssl_context", _given_only)
    receiver = Receiver(200)
    async with listening(receiver.handle) as url:
        to = WebhookSender(Webhook(url=url), time=THIS_MACHINE.time)
        assert [await to.deliver(notice()) for _ in range(2)] == [Delivered(), Delivered()]
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_an_endless_answer_is_not_read() -> None:
    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with listening(flood) as url:
        assert await WebhookSender(Webhook(url=url), time=THIS_MACHINE.time).deliver(notice()) == Delivered()


@pytest.mark.parametrize("moment", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "9" * 5000, "-", ""])
async def test_a_wait_that_is_in_no_calendar_is_none_or_the_longest(moment: str) -> None:
    """The first of these ended the service: for such a year Python raises what is no ``ValueError``."""
    verdict = await answered(503, {"retry-after": moment})
    assert isinstance(verdict, Retry)
    assert verdict.after_seconds in {0.0, LONGEST_WAIT_SECONDS}
