from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from photonic.access.browser_sessions import SESSIONS_FILE
from photonic.access.caller import Caller
from photonic.access.links import LINKS_FILE, LinkRecord, LinkScope
from photonic.access.loopback import LoopbackTrust
from photonic.access.outcome import SignedIn
from photonic.access.permission import Role
from photonic.access.policy import AccessPolicy
from photonic.access.principal import Principal
from photonic.access.tokens import AGES_FILE, TOKENS_FILE
from photonic.access.tries import DEVICES_FILE
from photonic.serving.access_state import SAVE_ALL_SECONDS, AccessState
from photonic.serving.running_clock import CLOCK_FILE
from photonic.serving.stored_tables import KEY_FILE
from photonic.serving.token_file import edited_tokens

INSTANCE = "12345678"
NOWHERE = Path("/dev/null/state")
SECRET = "kT5-x9Qm_2Lw8Rz4pV"
FAR = Caller(method="GET", path="/", host="192.0.2.4:8000", peer="192.0.2.9", client="192.0.2.9")
HOME = Caller(method="GET", path="/", host="localhost:8000", peer="127.0.0.1", client="127.0.0.1")


@dataclass
class Clock:
    now: float = 50.0

    def __call__(self) -> float:
        return self.now


def load(root: Path, clock: Clock | None = None, token: str | None = None) -> AccessState:
    policy = AccessPolicy(INSTANCE, LoopbackTrust(Role.OPERATOR, until_token=True), token=token)
    return AccessState.load(root, policy, monotonic=clock or Clock())


def role(state: AccessState, caller: Caller) -> Role | None:
    who = state.control.identify(caller).principal
    return who.role if isinstance(who, Principal) else None


def add_token(root: Path, name: str = "tablet", role: Role = Role.GUEST, lifetime: float | None = None) -> str:
    with edited_tokens(root) as table:
        return table.add(name, role, lifetime, "2026-01-01T00:00:00Z")


def bearer(secret: str) -> Caller:
    return Caller(method="GET", path="/", peer="192.0.2.9", client="192.0.2.9", authorization=f"Bearer {secret}")


def contents(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*") if path.is_file()]


def sign_in(state: AccessState, credential: str) -> Caller:
    outcome = state.control.sign_in(credential, FAR)
    assert isinstance(outcome, SignedIn)
    policy = state.control.policy
    session_cookie, device_cookie = policy.session_cookie(secure=False), policy.device_cookie(secure=False)
    cookies = f"{session_cookie}={outcome.cookie}; {device_cookie}={outcome.device_cookie}"
    return Caller(method="GET", path="/", peer="192.0.2.9", client="192.0.2.9", cookies=cookies)


async def test_everything_is_there_at_the_next_start(tmp_path: Path) -> None:
    secret = add_token(tmp_path)
    clock = Clock()
    state = load(tmp_path, clock, SECRET)
    browser, guest = sign_in(state, SECRET), sign_in(state, secret)
    _record, signature = state.control.links.make(
        LinkScope.parse("live:booth"), Role.VIEWER, state.control.clock(), 3600.0, made_by="me"
    )
    clock.now += 100.0
    await state.close()

    again = load(tmp_path, Clock(7.0), SECRET)
    assert again.control.clock() == pytest.approx(100.0, abs=0.01)
    assert (role(again, browser), role(again, guest), role(again, bearer(secret))) == (
        Role.OPERATOR,
        Role.GUEST,
        Role.GUEST,
    )
    found = again.control.links.find(signature, again.control.clock())
    assert isinstance(found, LinkRecord)
    assert found.ends_at - again.control.clock() == pytest.approx(3500.0, abs=0.01)
    assert again.control.devices.find(browser.cookie(again.control.policy.device_cookie(secure=False))) is not None
    assert again.warnings == ()


async def test_only_this_user_can_read_it(tmp_path: Path) -> None:
    root = tmp_path / "state"
    state = load(root)
    await state.close()
    folder = root / INSTANCE
    assert state.folder == folder
    assert stat.S_IMODE(root.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = {path.name for path in folder.iterdir()}
    assert names == {SESSIONS_FILE, LINKS_FILE, KEY_FILE, DEVICES_FILE, AGES_FILE, CLOCK_FILE}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_what_was_ended_does_not_come_back(tmp_path: Path) -> None:
    clock = Clock()
    state = load(tmp_path, clock, SECRET)
    clock.now += 2.0
    browser = sign_in(state, SECRET)
    record, signature = state.control.links.make(
        LinkScope.parse("live:booth"), Role.VIEWER, state.control.clock(), 3600.0, made_by="me"
    )
    await state.save_changes()
    assert role(load(tmp_path, token=SECRET), browser) is Role.OPERATOR
    state.control.sign_out(browser)
    state.control.links.revoke(record.id)
    clock.now += 2.0
    await state.save_changes()
    # The service is killed here: nothing is written at an end.
    again = load(tmp_path, token=SECRET)
    assert role(again, browser) is None
    assert not isinstance(again.control.links.find(signature, again.control.clock()), LinkRecord)


async def test_a_change_is_written_at_once_and_a_use_is_not(tmp_path: Path) -> None:
    clock = Clock()
    state = load(tmp_path, clock, SECRET)
    clock.now += 2.0
    browser = sign_in(state, SECRET)
    await state.save_changes()
    file = tmp_path / INSTANCE / SESSIONS_FILE
    written = file.read_text()
    assert "192.0.2.9" in written
    clock.now += 2.0
    assert role(state, browser) is Role.OPERATOR
    await state.save_changes()
    assert file.read_text() == written
    clock.now += SAVE_ALL_SECONDS
    await state.save_changes()
    assert file.read_text() != written


async def test_no_secret_is_in_the_files(tmp_path: Path) -> None:
    secret = add_token(tmp_path)
    state = load(tmp_path, token=SECRET)
    browser = sign_in(state, SECRET)
    await state.close()
    cookies = [part.split("=", 1)[1] for part in (browser.cookies or "").split("; ")]
    texts = contents(tmp_path)
    for planted in (secret, SECRET, *cookies):
        assert not any(planted in text for text in texts)


async def test_a_removed_token_ends_its_sessions_for_good(tmp_path: Path) -> None:
    secret = add_token(tmp_path)
    state = load(tmp_path)
    browser = sign_in(state, secret)
    program = state.control.identify(bearer(secret)).principal
    assert isinstance(program, Principal)
    kept = (tmp_path / TOKENS_FILE).read_text()
    with edited_tokens(tmp_path) as table:
        table.remove("tablet")
    await state.look_at_tokens()
    assert (role(state, browser), role(state, bearer(secret))) == (None, None)
    assert state.control.current(program) is None
    (tmp_path / TOKENS_FILE).write_text(kept)
    await state.look_at_tokens()
    assert (role(state, browser), role(state, bearer(secret))) == (None, Role.GUEST)


async def test_a_new_token_is_known_at_once_and_ends_the_trust_in_loopback(tmp_path: Path) -> None:
    state = load(tmp_path)
    assert role(state, HOME) is Role.OPERATOR
    secret = add_token(tmp_path)
    await state.look_at_tokens()
    assert (role(state, HOME), role(state, bearer(secret))) == (None, Role.GUEST)


async def test_a_lifetime_goes_on_over_starts(tmp_path: Path) -> None:
    secret = add_token(tmp_path, lifetime=100.0)
    clock = Clock()
    state = load(tmp_path, clock)
    clock.now += 60.0
    assert role(state, bearer(secret)) is Role.GUEST
    await state.close()
    clock = Clock()
    again = load(tmp_path, clock)
    clock.now += 39.0
    assert role(again, bearer(secret)) is Role.GUEST
    clock.now += 1.5
    assert role(again, bearer(secret)) is None


@pytest.mark.parametrize("text", ["{", '{"tokens": 1}', "\udcff"])
async def test_damaged_tokens_let_nobody_in_and_trust_nobody(tmp_path: Path, text: str) -> None:
    secret = add_token(tmp_path)
    file = tmp_path / TOKENS_FILE
    kept = file.read_text()
    state = load(tmp_path)
    browser = sign_in(state, secret)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    await state.look_at_tokens()
    # An editor may be writing the file.
    assert role(state, browser) is Role.GUEST
    for running in (state, load(tmp_path)):
        await running.look_at_tokens()
        assert (role(running, browser), role(running, bearer(secret)), role(running, HOME)) == (None, None, None)
        (warning,) = running.warnings
        assert "named token" in warning
        assert text == file.read_bytes().decode("utf-8", "surrogateescape")
    file.write_text(kept)
    await state.look_at_tokens()
    assert (role(state, browser), role(state, bearer(secret)), state.warnings) == (Role.GUEST, Role.GUEST, ())


@pytest.mark.parametrize("name", [SESSIONS_FILE, LINKS_FILE, KEY_FILE, DEVICES_FILE, AGES_FILE, CLOCK_FILE])
async def test_a_damaged_file_is_set_aside(tmp_path: Path, name: str) -> None:
    endless, ending = add_token(tmp_path), add_token(tmp_path, "short", lifetime=1e6)
    state = load(tmp_path, token=SECRET)
    browser = sign_in(state, SECRET)
    _record, signature = state.control.links.make(
        LinkScope.parse("live:booth"), Role.VIEWER, state.control.clock(), 3600.0, made_by="me"
    )
    await state.close()
    (tmp_path / INSTANCE / name).write_text("damaged")

    again = load(tmp_path, token=SECRET)
    assert (tmp_path / INSTANCE / f"{name}.damaged").read_text() == "damaged"
    assert role(again, bearer(endless)) is Role.GUEST
    # Nobody knows how long it has lasted.
    assert role(again, bearer(ending)) is (None if name == AGES_FILE else Role.GUEST)
    assert role(again, browser) is (None if name == SESSIONS_FILE else Role.OPERATOR)
    links_hold = isinstance(again.control.links.find(signature, again.control.clock()), LinkRecord)
    assert links_hold is (name not in {LINKS_FILE, KEY_FILE})
    await again.close()
    assert load(tmp_path, token=SECRET).warnings == ()


async def test_what_a_power_cut_left_half_written_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / INSTANCE
    folder.mkdir(mode=0o700)
    (folder / ".sessions.json.x7").write_text("{")
    load(tmp_path)
    assert not list(folder.glob(".*"))


async def test_a_folder_that_cannot_be_made_leaves_a_service_in_memory() -> None:
    state = load(NOWHERE, token=SECRET)
    browser = sign_in(state, SECRET)
    await state.look_at_tokens()
    await state.save_changes(everything=True)
    assert role(state, browser) is Role.OPERATOR
    (warning,) = state.warnings
    assert "state folder" in warning
    assert state.folder is None


async def test_a_folder_of_somebody_else_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_token(tmp_path)
    somebody_else = os.geteuid() + 4242
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    state = load(tmp_path)
    assert (role(state, bearer(secret)), role(state, HOME)) == (None, None)
    assert "belongs to" in state.warnings[0]


async def test_a_disk_that_fails_is_told_and_written_again_when_it_works(tmp_path: Path) -> None:
    clock = Clock()
    state = load(tmp_path, clock, SECRET)
    folder = tmp_path / INSTANCE
    folder.rename(tmp_path / "elsewhere")
    clock.now += 2.0
    browser = sign_in(state, SECRET)
    await state.save_changes()
    assert "cannot be written" in state.warnings[0]
    assert role(state, browser) is Role.OPERATOR
    (tmp_path / "elsewhere").rename(folder)
    clock.now += 10.0
    await state.save_changes()
    assert state.warnings == ()
    assert role(load(tmp_path, token=SECRET), browser) is Role.OPERATOR
