from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.access.browser_sessions import SessionTable
from photonic.access.caller import Caller
from photonic.access.control import CONFIGURED, CONFIGURED_KEY, ELEVATED_SECONDS, SESSION_SECONDS, AccessControl
from photonic.access.credentials import hashed
from photonic.access.links import LinkScope, LinkTable
from photonic.access.loopback import LoopbackTrust
from photonic.access.outcome import SignedIn, TryLater, Wrong
from photonic.access.permission import Permission, Role
from photonic.access.policy import AccessPolicy
from photonic.access.principal import ANONYMOUS_KEY, Means, Principal, Stranger
from photonic.access.tokens import TokenTable
from photonic.access.tries import FREE_TRIES, GLOBAL_A_MINUTE
from photonic.access.visibility import owner_for
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRET = "kT5-x9Qm_2Lw8Rz4pV"
PIN = "2468"
HOME = Caller(method="GET", path="/", host="localhost:8000", peer="127.0.0.1", client="127.0.0.1")
FAR = Caller(method="GET", path="/", host="192.0.2.4:8000", peer="192.0.2.9", client="192.0.2.9")


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class World:
    """Access control whose clock and tables a test changes."""

    def __init__(
        self,
        *,
        token: str | None = None,
        pin: str | None = None,
        loopback: LoopbackTrust | None = None,
        anonymous: Role | None = None,
        until_token: bool = False,
    ) -> None:
        trust = loopback or LoopbackTrust(Role.OPERATOR, until_token=True)
        policy = AccessPolicy(
            "12345678", trust, token=token, pin=pin, anonymous=anonymous, anonymous_until_token=until_token
        )
        self.clock = Clock()
        self.access = AccessControl(
            policy,
            self.clock,
            LinkTable(b"k" * 32),
        )

    def token(self, name: str, role: Role, lifetime: float | None = None) -> str:
        """Add a named token, as the service does when the file has changed; the result is its secret."""
        table = TokenTable(self.access.tokens.records, self.access.tokens.ages)
        secret = table.add(name, role, lifetime, "2026-01-01T00:00:00Z")
        table.ages.note(table.hashes, self.clock())
        self.access.replace_tokens(table)
        return secret

    def without(self, name: str) -> tuple[str, ...]:
        """Remove a named token; the result is the sessions that end."""
        table = TokenTable(self.access.tokens.records, self.access.tokens.ages)
        table.remove(name)
        return self.access.replace_tokens(table)

    def who(self, caller: Caller) -> Principal | Stranger:
        return self.access.identify(caller).principal

    def principal(self, caller: Caller) -> Principal:
        who = self.who(caller)
        assert isinstance(who, Principal)
        return who

    def role(self, caller: Caller) -> Role | None:
        who = self.who(caller)
        return who.role if isinstance(who, Principal) else None

    def sign_in(self, credential: str, caller: Caller) -> Caller:
        """The browser after its sign-in, which must succeed."""
        outcome = self.access.sign_in(credential, caller)
        assert isinstance(outcome, SignedIn)
        return self.with_cookies(caller, outcome)

    def elevate(self, caller: Caller, pin: str = PIN) -> Caller:
        """The browser after it showed the PIN, which must succeed."""
        outcome = self.access.elevate(pin, caller, self.principal(caller))
        assert isinstance(outcome, SignedIn)
        return self.with_cookies(caller, outcome)

    def with_cookies(self, caller: Caller, outcome: SignedIn) -> Caller:
        policy = self.access.policy
        session_cookie, device_cookie = policy.session_cookie(secure=False), policy.device_cookie(secure=False)
        device = outcome.device_cookie or caller.cookie(device_cookie)
        return replace(caller, cookies=f"{session_cookie}={outcome.cookie}; {device_cookie}={device}")

    def code(self, role: Role, *, typed: bool = False) -> str:
        return self.access.codes.issue(role, self.clock(), typed=typed)[1]


def bearer(secret: str, caller: Caller = FAR) -> Caller:
    return replace(caller, authorization=f"Bearer {secret}")


def basic(secret: str, caller: Caller = FAR) -> Caller:
    return replace(caller, authorization=f"Basic {base64.b64encode(f'any:{secret}'.encode()).decode()}")


def page(caller: Caller) -> Caller:
    return replace(caller, agent="Mozilla/5.0")


# Each way in


@pytest.mark.parametrize(("send", "means"), [(bearer, Means.BEARER), (basic, Means.BASIC)])
def test_a_token_in_a_header(send: object, means: Means) -> None:
    world = World(token=SECRET)
    guest = world.token("tablet", Role.GUEST, 60.0)
    send_token = bearer if send is bearer else basic
    configured, named = world.principal(send_token(SECRET)), world.principal(send_token(guest))
    assert (configured.key, configured.name, configured.role, configured.means, configured.ends_at) == (
        CONFIGURED_KEY,
        CONFIGURED,
        Role.OPERATOR,
        means,
        None,
    )
    assert (named.key, named.role, named.means) == (f"token:tablet:{hashed(guest)[:8]}", Role.GUEST, means)
    assert named.ends_at == world.clock() + 60.0


def test_a_named_token_may_be_called_as_the_configured_one() -> None:
    world = World(token=SECRET)
    secret = world.token(CONFIGURED, Role.GUEST)
    guest = world.principal(bearer(secret))
    assert (guest.role, guest.key) == (Role.GUEST, f"token:{CONFIGURED}:{hashed(secret)[:8]}")
    world.without(CONFIGURED)
    assert world.access.current(guest) is None
    operator = world.principal(bearer(SECRET))
    assert world.access.current(operator) == operator


def test_a_token_that_is_made_again_with_the_same_name_is_somebody_else() -> None:
    world = World(token=SECRET)
    first = world.principal(bearer(world.token("tablet", Role.GUEST)))
    world.without("tablet")
    again = world.principal(bearer(world.token("tablet", Role.GUEST)))
    assert (first.name, first.role) == (again.name, again.role)
    assert first.key != again.key


def test_strangers_whose_address_is_unknown_share_a_key_that_owns_nothing() -> None:
    world = World(anonymous=Role.GUEST)
    stranger = world.principal(replace(FAR, client=None))
    assert stranger.key == ANONYMOUS_KEY
    assert owner_for(stranger) != stranger.key
    assert world.principal(FAR).key == f"{ANONYMOUS_KEY}:{FAR.client}"


@pytest.mark.parametrize("typed", [True, False])
def test_a_code_opens_one_session(typed: bool) -> None:
    world = World(token=SECRET)
    code = world.code(Role.GUEST, typed=typed)
    browser = world.sign_in(code, FAR)
    assert (world.principal(browser).role, world.principal(browser).means) == (Role.GUEST, Means.SESSION)
    assert isinstance(world.access.sign_in(code, FAR), Wrong)


def test_a_token_opens_a_session_that_ends_with_it() -> None:
    world = World()
    browser = world.sign_in(world.token("tablet", Role.GUEST, 60.0), FAR)
    session = world.principal(browser)
    assert session.ends_at == world.clock() + 60.0
    world.clock.now += 60.0
    assert world.role(browser) is None
    assert world.access.current(session) is None


def test_the_sessions_of_a_token_are_counted_together_with_it() -> None:
    world = World(token=SECRET)
    secret = world.token("tablet", Role.GUEST)
    browsers = [world.principal(world.sign_in(secret, FAR)) for _ in range(2)]
    sent = [world.principal(bearer(secret)), world.principal(basic(secret))]
    assert len({one.key for one in browsers}) == 2
    assert len({one.limit_key for one in (*browsers, *sent)}) == 1
    other = world.principal(bearer(world.token("other", Role.GUEST)))
    by_code = [world.principal(world.sign_in(world.code(Role.GUEST), FAR)) for _ in range(2)]
    assert len({one.limit_key for one in (browsers[0], other, *by_code)}) == 4
    issuer = hashed(secret)
    codes = [world.access.codes.issue(Role.GUEST, world.clock(), typed=False, token_hash=issuer)[1] for _ in range(25)]
    let_in = [world.principal(world.sign_in(code, FAR)) for code in codes]
    assert [one.limit_key for one in let_in] == [one.key for one in let_in], "codes of one issuer are for many guests"
    assert all(world.access.current(one) for one in (*let_in, *browsers))


def test_the_configured_token_opens_a_session_that_ends_with_it() -> None:
    world = World(token=SECRET)
    browser = world.sign_in(SECRET, FAR)
    key = world.principal(browser).key
    assert world.access.replace_tokens(TokenTable()) == ()
    assert world.role(browser) is Role.OPERATOR
    # The next start, with another token in the configuration.
    again = World(token=SECRET + "-new")
    again.access.sessions = world.access.sessions
    (ended,) = again.access.replace_tokens(TokenTable())
    assert f"session:{ended}" == key
    assert again.role(browser) is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GUEST])
def test_a_signed_link_is_beside_the_principal(role: Role) -> None:
    world = World(token=SECRET)
    record, signature = world.access.links.make(LinkScope.parse("live:booth"), role, world.clock(), 60.0, made_by="me")
    found = world.access.identify(replace(FAR, signature=signature))
    assert isinstance(found.principal, Stranger)
    assert isinstance(found.link, Principal)
    assert (found.link.role, found.link.scope, found.link.key) == (role, record.scope, f"link:{record.id}")
    assert isinstance(world.access.identify(replace(FAR, signature=signature + "x")).link, Stranger)


@pytest.mark.parametrize(
    ("world", "caller", "role"),
    [
        (World(), HOME, Role.OPERATOR),
        (World(), page(HOME), Role.OPERATOR),
        (World(), FAR, None),
        (World(), replace(HOME, host="booth.local"), None),
        (World(), replace(HOME, proxied=True), None),
        (World(token=SECRET), HOME, None),
        (World(token=SECRET, loopback=LoopbackTrust(Role.VIEWER)), HOME, Role.VIEWER),
        (World(loopback=LoopbackTrust(None)), HOME, None),
        (World(anonymous=Role.VIEWER), FAR, Role.VIEWER),
        (World(anonymous=Role.VIEWER, token=SECRET), FAR, Role.VIEWER),
        (World(anonymous=Role.OPERATOR, until_token=True), FAR, Role.OPERATOR),
        (World(anonymous=Role.OPERATOR, until_token=True, token=SECRET), FAR, None),
        (World(anonymous=Role.VIEWER, loopback=LoopbackTrust(None)), HOME, Role.VIEWER),
    ],
)
def test_places(world: World, caller: Caller, role: Role | None) -> None:
    assert world.role(caller) is role


# The order of claims


def test_a_header_comes_before_the_cookie_and_a_wrong_one_makes_a_stranger() -> None:
    world = World(token=SECRET, loopback=LoopbackTrust(Role.VIEWER))
    browser = world.sign_in(world.code(Role.GUEST), HOME)
    assert world.role(browser) is Role.GUEST
    assert world.role(bearer(SECRET, browser)) is Role.OPERATOR
    assert world.role(bearer("wrong", browser)) is None
    assert world.role(basic("wrong", browser)) is None
    assert world.role(replace(browser, authorization="Digest x")) is Role.GUEST


def test_without_any_token_a_header_says_nothing() -> None:
    assert World().role(bearer("left over from elsewhere", HOME)) is Role.OPERATOR


def test_a_cookie_that_has_ended_leaves_the_place() -> None:
    world = World(token=SECRET, loopback=LoopbackTrust(Role.VIEWER))
    browser = world.sign_in(world.code(Role.GUEST), HOME)
    world.access.sign_out(browser)
    assert world.role(browser) is Role.VIEWER


@given(st.lists(st.sampled_from(["right header", "wrong header", "cookie", "home"]), unique=True))
def test_the_first_claim_counts(claims: list[str]) -> None:
    world = World(token=SECRET, loopback=LoopbackTrust(Role.VIEWER))
    browser = world.sign_in(world.code(Role.GUEST), FAR)
    caller = HOME if "home" in claims else FAR
    if "cookie" in claims:
        caller = replace(caller, cookies=browser.cookies)
    header = next((claim for claim in claims if claim.endswith("header")), None)
    if header is not None:
        caller = bearer(SECRET if header == "right header" else "wrong", caller)
    expected = (
        {"right header": Role.OPERATOR, "wrong header": None}[header]
        if header is not None
        else Role.GUEST
        if "cookie" in claims
        else Role.VIEWER
        if "home" in claims
        else None
    )
    assert world.role(caller) is expected


# The PIN


def test_with_a_pin_pages_are_guests_and_programs_are_not() -> None:
    world = World(pin=PIN)
    assert world.role(HOME) is Role.OPERATOR
    for browser in (
        page(HOME),
        replace(HOME, origin="http://localhost:8000"),
        replace(HOME, fetch_site="none"),
        replace(HOME, accepts_html=True),
    ):
        assert world.role(browser) is Role.GUEST


def test_a_pin_makes_nobody_larger() -> None:
    world = World(pin=PIN, loopback=LoopbackTrust(Role.VIEWER))
    assert world.role(page(HOME)) is Role.VIEWER


def test_the_pin_elevates_for_ten_minutes() -> None:
    world = World(pin=PIN)
    browser = world.elevate(page(HOME))
    assert world.role(browser) is Role.OPERATOR
    assert world.access.elevated_seconds(world.principal(browser)) == ELEVATED_SECONDS
    world.clock.now += ELEVATED_SECONDS - 1
    assert world.role(browser) is Role.OPERATOR
    world.clock.now += 1
    assert world.role(browser) is Role.GUEST
    assert world.access.elevated_seconds(world.principal(browser)) is None


def test_the_pin_can_be_taken_back() -> None:
    world = World(pin=PIN)
    browser = world.elevate(page(HOME))
    assert world.access.lower(world.principal(browser)).role is Role.GUEST
    assert world.role(browser) is Role.GUEST


def test_each_sign_in_and_each_elevation_has_a_new_cookie_value() -> None:
    world = World(pin=PIN)
    first = world.sign_in(world.code(Role.GUEST), page(HOME))
    second = world.elevate(first)
    third = world.elevate(second)
    for before in (first, second):
        # The place: a page on this machine.
        assert world.principal(before).means is Means.LOOPBACK
    assert world.principal(third).key == world.access.current(world.principal(third)).key  # type: ignore[union-attr]
    fourth = world.sign_in(world.code(Role.GUEST), third)
    assert world.principal(third).means is Means.LOOPBACK
    assert world.principal(fourth).role is Role.GUEST


def test_a_remembered_password_does_not_hide_the_elevation() -> None:
    world = World(pin=PIN)
    guest = world.token("tablet", Role.GUEST)
    browser = world.elevate(basic(guest, page(FAR)))
    assert world.role(browser) is Role.OPERATOR
    world.clock.now += ELEVATED_SECONDS
    assert (world.role(browser), world.principal(browser).means) == (Role.GUEST, Means.BASIC)
    elevated = world.elevate(basic(guest, page(FAR)))
    world.without("tablet")
    world.token("other", Role.GUEST)
    assert world.role(elevated) is None
    assert world.role(replace(elevated, authorization=None)) is None


def test_a_signed_link_cannot_be_elevated() -> None:
    world = World(pin=PIN)
    link = Principal("link:1", "link 1", Role.GUEST, Means.LINK)
    with pytest.raises(BadInput):
        world.access.elevate(PIN, page(FAR), link)


# What opened a session by the PIN may end


@pytest.mark.parametrize(
    "world",
    [World(pin=PIN), World(pin=PIN, anonymous=Role.OPERATOR, until_token=True, loopback=LoopbackTrust(None))],
)
def test_a_token_that_appears_ends_what_held_only_without(world: World) -> None:
    browser = world.elevate(page(HOME))
    principal = world.principal(browser)
    world.token("tablet", Role.GUEST)
    assert world.role(browser) is None
    assert world.access.current(principal) is None
    world.without("tablet")
    assert world.principal(browser).means is not Means.SESSION
    assert world.access.current(principal) is None


def test_an_elevated_session_has_the_role_of_its_place_at_the_next_start() -> None:
    world = World(pin=PIN, anonymous=Role.GUEST)
    browser = world.elevate(page(FAR))
    for loopback, anonymous, expected in (
        (LoopbackTrust(Role.OPERATOR), Role.VIEWER, Role.VIEWER),
        (LoopbackTrust(None), None, None),
    ):
        again = World(pin=PIN, loopback=loopback, anonymous=anonymous)
        again.clock.now += ELEVATED_SECONDS
        again.access.sessions = SessionTable.from_json(world.access.sessions.to_json(world.clock()), again.clock())
        assert again.role(browser) is expected


# Wrong tries


def tries(world: World, callers: Iterable[Caller]) -> list[object]:
    return [world.access.sign_in("WRONG-COD", caller) for caller in callers]


def test_wrong_codes_make_an_address_wait_and_right_secrets_do_not() -> None:
    world = World(token=SECRET)
    outcomes = tries(world, [FAR] * FREE_TRIES)
    assert outcomes[0] == Wrong(FREE_TRIES - 1)
    assert isinstance(outcomes[-1], TryLater)
    assert isinstance(world.access.sign_in(world.code(Role.GUEST, typed=True), FAR), TryLater)
    # They cannot be guessed.
    assert isinstance(world.access.sign_in(world.code(Role.GUEST), FAR), SignedIn)
    assert isinstance(world.access.sign_in(SECRET, FAR), SignedIn)


def test_a_known_device_is_not_locked_out_by_others() -> None:
    world = World(token=SECRET, pin=PIN)
    known = world.sign_in(SECRET, page(FAR))
    guessers = [replace(page(FAR), client=f"198.51.100.{number}") for number in range(GLOBAL_A_MINUTE)]
    for guesser in guessers:
        world.access.elevate("0000", guesser, Principal("anonymous:x", "anonymous", Role.GUEST, Means.ANONYMOUS))
        tries(world, [guesser])
    stranger = replace(page(FAR), client="203.0.113.1")
    guest = world.principal(world.sign_in(world.code(Role.GUEST), stranger))
    assert isinstance(world.access.elevate(PIN, stranger, guest), TryLater)
    assert isinstance(world.access.sign_in(world.code(Role.GUEST, typed=True), stranger), TryLater)
    known = world.sign_in(world.code(Role.GUEST, typed=True), known)
    assert world.role(world.elevate(known)) is Role.OPERATOR


def test_a_known_device_that_guesses_has_to_wait() -> None:
    world = World(token=SECRET)
    known = world.sign_in(SECRET, page(FAR))
    assert isinstance(tries(world, [known] * FREE_TRIES)[-1], TryLater)


def test_only_an_operators_success_makes_a_device_known() -> None:
    world = World(token=SECRET)
    outcome = world.access.sign_in(world.code(Role.GUEST), page(FAR))
    assert isinstance(outcome, SignedIn)
    assert outcome.device_cookie is None
    assert world.access.devices.records == ()
    known = world.sign_in(SECRET, page(FAR))
    again = world.sign_in(SECRET, known)
    cookie = world.access.policy.device_cookie(secure=False)
    assert again.cookie(cookie) == known.cookie(cookie)
    assert len(world.access.devices.records) == 1


def test_the_browser_of_a_removed_operator_is_a_strangers_again() -> None:
    world = World(token=SECRET, pin=PIN)
    cookie = world.access.policy.device_cookie(secure=False)
    kept = world.sign_in(SECRET, page(FAR))
    removed = world.elevate(world.sign_in(world.token("stage", Role.OPERATOR), page(FAR)))
    tablet = world.elevate(world.sign_in(world.token("tablet", Role.GUEST), page(FAR)))
    world.without("stage")
    assert world.access.devices.find(removed.cookie(cookie)) is None
    assert world.access.devices.find(tablet.cookie(cookie)) is not None
    world.without("tablet")
    assert world.access.devices.find(tablet.cookie(cookie)) is None
    assert world.access.devices.find(kept.cookie(cookie)) is not None


def test_programs_with_an_old_token_do_not_keep_others_from_typing_a_code() -> None:
    world = World(token=SECRET)
    for _again in range(2 * GLOBAL_A_MINUTE):
        assert world.role(bearer("expired", replace(FAR, client="198.51.100.7"))) is None
    assert isinstance(world.access.sign_in(world.code(Role.GUEST, typed=True), FAR), SignedIn)


# What is true later


def test_current_sees_each_way_of_ending() -> None:
    world = World(token=SECRET, loopback=LoopbackTrust(Role.VIEWER))
    removed, expiring = world.token("removed", Role.GUEST), world.token("expiring", Role.GUEST, 60.0)
    ways = {
        "removed": world.principal(bearer(removed)),
        "expired": world.principal(basic(expiring)),
        "session of a removed token": world.principal(world.sign_in(removed, FAR)),
        "session of an expired token": world.principal(world.sign_in(expiring, FAR)),
    }
    signed_out = world.sign_in(world.code(Role.GUEST), FAR)
    ways["signed out"] = world.principal(signed_out)
    ended = world.principal(world.sign_in(world.code(Role.GUEST), FAR))
    ways["ended"] = ended
    record, signature = world.access.links.make(
        LinkScope.parse("live:booth"), Role.VIEWER, world.clock(), 60.0, made_by="me"
    )
    revoked, other = world.access.links.make(
        LinkScope.parse("live:booth"), Role.VIEWER, world.clock(), 6000.0, made_by="me"
    )
    for name, one in (("link expired", signature), ("link revoked", other)):
        link = world.access.identify(replace(FAR, signature=one)).link
        assert isinstance(link, Principal)
        ways[name] = link
    lasting = [world.principal(bearer(SECRET)), world.principal(HOME), world.principal(world.sign_in(SECRET, FAR))]
    for principal in (*ways.values(), *lasting):
        now = world.access.current(principal)
        assert now is not None
        assert (now.key, now.role) == (principal.key, principal.role)

    world.clock.now += 60.0
    world.without("removed")
    world.access.sign_out(signed_out)
    world.access.sessions.end(ended.key.partition(":")[2])
    world.access.links.revoke(revoked.id)
    assert record.ends_at == world.clock()
    assert {name for name, principal in ways.items() if world.access.current(principal) is not None} == set()
    for principal in lasting:
        assert world.access.current(principal) is not None


def test_current_sees_another_role_of_a_token() -> None:
    world = World()
    secret = world.token("tablet", Role.OPERATOR)
    program, browser = world.principal(bearer(secret)), world.sign_in(secret, FAR)
    session = world.principal(browser)
    (record,) = world.access.tokens.records
    lesser = msgspec.structs.replace(record, role=Role.VIEWER)
    world.access.replace_tokens(TokenTable([lesser], world.access.tokens.ages))
    for principal in (program, session):
        now = world.access.current(principal)
        assert now is not None
        assert now.role is Role.VIEWER
        assert not now.may(Permission.CAPTURE)
    assert world.role(browser) is Role.VIEWER


def test_a_token_of_the_same_name_is_another_one() -> None:
    world = World()
    secret = world.token("tablet", Role.GUEST)
    program, session = world.principal(bearer(secret)), world.principal(world.sign_in(secret, FAR))
    world.without("tablet")
    world.token("tablet", Role.GUEST)
    assert world.access.current(program) is None
    assert world.access.current(session) is None
    assert world.role(bearer(secret)) is None


def test_a_session_ends_when_nobody_uses_it() -> None:
    world = World(token=SECRET)
    browser = world.sign_in(world.code(Role.GUEST), FAR)
    world.clock.now += SESSION_SECONDS - 1
    assert world.role(browser) is Role.GUEST
    world.clock.now += SESSION_SECONDS
    assert world.role(browser) is None
