"""Sends a photo's record to a URL, signed as Standard Webhooks specifies (spec 1.0.0, standardwebhooks.com)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2

from photonic.model.hook import key_of
from photonic.service.notify.notification import Delivered, DeliveryFailed, Retry

if TYPE_CHECKING:
    import ssl

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.hook import Webhook
    from photonic.service.notify.notification import Notification, Verdict

LONGEST_WAIT_SECONDS = 3600.0
"""Upper bound for the wait that a receiver may request."""
CLOCK_SECONDS = 300.0
"""How far our clock may differ from a receiver's: the tolerance of the Standard Webhooks libraries."""
_LATER = frozenset({408, 425, 429})


class WebhookSender:
    """Sends to one webhook, through ``transport``; ``None``: through the network."""

    def __init__(
        self, webhook: Webhook, *, time: Timekeeping, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._webhook = webhook
        self._now = time.unix_seconds
        self._transport = transport
        self._trust: ssl.SSLContext | None = None

    async def deliver(self, notification: Notification) -> Verdict:
        """See ``Notifier``. The response's body is not read."""
        body = _body(notification, self._now()).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "photonic", **self._signed(notification.id, body)}
        try:
            async with (
                asyncio.timeout(self._webhook.seconds),
                await self._client() as client,
                client.stream("POST", self._webhook.url, content=body, headers=headers) as answer,
            ):
                return self._verdict(answer)
        except TimeoutError:
            return Retry(f"no answer within {self._webhook.seconds:g} s")
        except httpx2.TimeoutException:
            return Retry(f"no answer within {self._webhook.seconds:g} s")
        except httpx2.TransportError as error:
            return Retry(f"no answer: {type(error).__name__}: {error}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return DeliveryFailed(f"cannot send: {error}")

    async def _client(self) -> httpx2.AsyncClient:
        """A client that ignores proxies and credentials in the environment: they belong to the user's own programs.

        The authorities of this machine are read once, and by a thread: live view would wait for it.
        """
        if self._trust is None and self._transport is None:
            self._trust = await asyncio.to_thread(httpx2.create_ssl_context, trust_env=False)
        verify = True if self._trust is None else self._trust
        return httpx2.AsyncClient(
            trust_env=False, timeout=self._webhook.seconds, transport=self._transport, verify=verify
        )

    def _signed(self, message_id: str, body: bytes) -> dict[str, str]:
        moment = str(int(self._now()))
        signed = {"webhook-id": message_id, "webhook-timestamp": moment}
        if self._webhook.secret is not None:
            content = b".".join((message_id.encode(), moment.encode(), body))
            digest = hmac.new(key_of(self._webhook.secret), content, hashlib.sha256).digest()
            signed["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return signed

    def _verdict(self, answer: httpx2.Response) -> Verdict:
        status = answer.status_code
        if 200 <= status < 300:
            return Delivered()
        if status in _LATER or status >= 500:
            return Retry(f"answered {status}", self._requested_wait(answer))
        if 300 <= status < 400:
            return DeliveryFailed(f"answered {status} (redirect): change the URL to the new address")
        ahead = self._now() - self._receiver_time(answer)
        if abs(ahead) > CLOCK_SECONDS:
            # The receiver rejects old or future signatures: this machine's clock must be set.
            where = "ahead of" if ahead > 0 else "behind"
            return Retry(
                f"answered {status}, and this machine's clock is {abs(ahead):.0f} s {where} the receiver's: "
                "set the clock"
            )
        return DeliveryFailed(f"answered {status}")

    def _requested_wait(self, answer: httpx2.Response) -> float:
        """The wait in seconds that the receiver requests (Retry-After, RFC 9110, 10.2.3: a number or a date), or 0."""
        value = answer.headers.get("retry-after")
        if value is not None and value.isascii() and value.isdigit():
            return min(float(value), LONGEST_WAIT_SECONDS)
        moment = _seconds_of(value)
        return 0.0 if moment is None else min(max(0.0, moment - self._receiver_time(answer)), LONGEST_WAIT_SECONDS)

    def _receiver_time(self, answer: httpx2.Response) -> float:
        """Unix seconds by the receiver's clock (Date, RFC 9110, 6.6.1); without that header, by ours."""
        date = _seconds_of(answer.headers.get("date"))
        return self._now() if date is None else date


def _seconds_of(date: str | None) -> float | None:
    """Unix seconds of a header's date; ``None`` when it is missing, not a date, or outside the calendar."""
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def _body(notification: Notification, now: float) -> str:
    return json.dumps(
        {
            "type": notification.event.value,
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(),
            "data": {**notification.record.model_dump(mode="json"), "new_photo_ids": list(notification.photo_ids)},
        }
    )
