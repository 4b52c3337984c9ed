"""Whatever a request claims, it is answered who sent it: nothing raises, and what is invented lets nobody in."""

from __future__ import annotations

import base64

from hypothesis import example, given, settings
from hypothesis import strategies as st

from photonic.access.caller import Caller
from photonic.access.control import FORMER_COOKIE, AccessControl
from photonic.access.links import LinkTable
from photonic.access.loopback import LoopbackTrust
from photonic.access.policy import AccessPolicy
from photonic.access.principal import Stranger

POLICY = AccessPolicy("12345678", LoopbackTrust(None), token="correct-horse-battery-staple", pin="246810")
NAMES = [POLICY.session_cookie(secure=False), POLICY.device_cookie(secure=False), FORMER_COOKIE, "path"]
HEADER = st.text(st.characters(max_codepoint=0xFF), max_size=300)
"""As servers hand headers on: each byte is a character."""
CREDENTIALS = st.one_of(
    HEADER,
    st.tuples(st.sampled_from(["Bearer", "basic", "BASIC", "Digest"]), HEADER).map(" ".join),
    st.binary(max_size=60).map(lambda secret: f"Basic {base64.b64encode(secret).decode()}"),
)
COOKIES = st.one_of(
    HEADER,
    st.lists(st.tuples(st.sampled_from(NAMES), HEADER)).map(
        lambda pairs: "; ".join(f"{name}={value}" for name, value in pairs)
    ),
)


@settings(max_examples=60)
@given(st.none() | CREDENTIALS, st.none() | COOKIES, st.none() | st.text(max_size=120), st.none() | HEADER)
@example("Basic ////", None, None, None)
@example(None, 'photonic_12345678="\\777"', None, None)
@example(None, "photonic_12345678=a; $Path=b; photonic_12345678", "\ud800.x", None)
def test_invented_claims_raise_nothing_and_let_nobody_in(
    authorization: str | None, cookies: str | None, signature: str | None, agent: str | None
) -> None:
    access = AccessControl(POLICY, lambda: 0.0, LinkTable(b"k" * 32))
    caller = Caller(
        "GET",
        "/",
        host="booth.local",
        peer="192.0.2.9",
        client="192.0.2.9",
        authorization=authorization,
        cookies=cookies,
        signature=signature,
        agent=agent,
    )
    found = access.identify(caller)
    assert isinstance(found.principal, Stranger)
    assert found.link is None or isinstance(found.link, Stranger)
    assert (found.link is None) == (signature is None)
