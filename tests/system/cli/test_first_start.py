"""The first start in a network: a token and codes on the terminal, nothing secret elsewhere, and more phones later."""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.commands import running
from tests.support.in_process import said
from tests.support.network_host import HOST, for_phones, phone_client

from photonic.cli.outcome import ExitCode
from photonic.cli.qr_code import drawn
from photonic.serving.token_file import FIRST, read_tokens

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = 80


def place(folder: Path) -> tuple[str, ...]:
    where = ("--photo-root", str(folder / "photos"), "--state-folder", str(folder / "state"))
    return ("serve", "--camera", "pattern:", "--host", HOST, "--port", "0", *where)


def sign_in(phone: httpx2.Client, credential: str) -> str | None:
    """The role that a browser without a sign-in gets by this; ``None``: none."""
    phone.cookies.clear()
    answer = phone.post("/sign-in", data={"credential": credential, "next": "/"})
    assert answer.status_code in {303, 401}
    role: str | None = phone.get("/api/v1/access").json()["role"]
    return role


def test_the_first_start_shows_a_token_and_codes_that_let_a_phone_in(tmp_path: Path) -> None:
    with running(*place(tmp_path), columns=COLUMNS) as service:
        url = service.url()
        service.wait_for("makes another code")
        text = service.said.replace("\r\n", "\n")
        found = re.search(rf"{re.escape(for_phones(url))}/sign-in#code=(\S+)\n", text)
        assert found is not None
        code = drawn(found[0].strip())
        assert code is not None
        assert code in text
        shown = re.sub(r"\x1b\[[0-9;]*m", "", text)
        assert all(len(line) <= COLUMNS for line in shown.splitlines() if line.startswith("█"))
        token = re.search(r"^ {4}(\S{43})$", shown, re.MULTILINE)
        typed = re.search(r"type (\w{4}-\w{4})$", shown, re.MULTILINE)
        assert token is not None
        assert typed is not None
        with phone_client(url) as phone, httpx2.Client(base_url=url, trust_env=False) as here:
            # As soon as there is a token, programs on this machine need it, too.
            assert here.get("/api/v1/access").json()["role"] is None
            bearer = {"Authorization": f"Bearer {token[1]}"}
            assert here.get("/api/v1/access", headers=bearer).json()["role"] == "operator"
            for credential in (found[1], typed[1]):
                assert sign_in(phone, credential) == "operator"
                assert sign_in(phone, credential) is None
        service.send(signal.SIGTERM)
        assert service.exit_code() == ExitCode.DONE
    assert [record.name for record in read_tokens(tmp_path / "state").records] == [FIRST]


def test_elsewhere_nothing_secret_is_written_and_invitations_need_no_token(tmp_path: Path) -> None:
    with running(*place(tmp_path), "--json") as service:
        url = json.loads(service.wait_for(r'\{.*"event": "serving".*\}')[0])["address"]
        ways = json.loads(service.wait_for(r'\{.*"event": "ways in".*\}')[0])
        assert (ways["address"], ways["command"]) == (for_phones(url), "photonic invite")
        own = ("--url", url, "--state-folder", str(tmp_path / "state"))
        shown = json.loads(said("invite", "--role", "guest", "--json", *own))
        with phone_client(url) as phone:
            assert sign_in(phone, shown["address"].partition("#code=")[2]) == "guest"
            assert sign_in(phone, shown["typed_code"]) == "guest"
        assert [record.name for record in read_tokens(tmp_path / "state").records] == [FIRST]
        assert "code=" not in service.said
        assert not re.search(r"(?<![\w-])[\w-]{43}(?![\w-])", service.said)


@pytest.mark.long
def test_a_later_start_says_how_to_let_a_phone_in(tmp_path: Path) -> None:
    said("token", "add", "stage", "--state-folder", str(tmp_path / "state"))
    with running(*place(tmp_path), columns=COLUMNS) as service:
        service.wait_for(r"`photonic invite` lets a phone in")
        assert "sign-in#" not in service.said
        assert "was made" not in service.said
