"""Commands as real processes: what they are told, and what becomes of those that fail, hang or say too much."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support import leftovers
from tests.support.notifications import notice
from tests.support.surroundings import THIS_MACHINE

from photonic.model.hook import Hook
from photonic.service.notify.hook import OUTPUT_LIMIT, HookCommand
from photonic.service.notify.notification import Delivered, DeliveryFailed, Notification, Verdict

if TYPE_CHECKING:
    from pathlib import Path

TOLD = """
import json, os, sys
facts = {name: value for name, value in os.environ.items() if name.startswith("PHOTONIC_")}
told = {"arguments": sys.argv[1:], "facts": facts, "folder": os.getcwd(), "input": sys.stdin.read()}
open("told.json", "w").write(json.dumps(told))
"""
# A child in the background that ignores being asked, and holds the pipe.
STUBBORN = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pid = os.fork()
pathlib.Path(f"pid-{'child' if pid == 0 else 'parent'}").write_text(str(os.getpid()))
if pid == 0 or sys.argv[1] == "hang":
    time.sleep(60)
while not pathlib.Path("pid-child").exists():
    time.sleep(0.01)
"""


async def reported(place: Path, *command: str, seconds: float = 20.0, about: Notification | None = None) -> Verdict:
    hook = Hook(command=command, seconds=seconds)
    return await HookCommand(hook, place, THIS_MACHINE.host).deliver(about or notice())


def script(place: Path, text: str) -> str:
    """A program in a file: braces in arguments are fields."""
    (place / "script.py").write_text(text)
    return str(place / "script.py")


def died(pid: int) -> None:
    """Fails where the process is not gone within some seconds: a signal takes a moment."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 10)[0], f"{pid} lives on"
    finally:
        os.close(handle)


async def test_facts_come_as_arguments_and_variables_and_no_secret_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTONIC_TOKEN", "a-token-of-this-test-only")
    template = ("{paths}", "-n{session}", "{sequence} {camera} {event}", "{{path}}", "{photo_id}", "$HOME; *", "")
    assert await reported(tmp_path, sys.executable, script(tmp_path, TOLD), *template) == Delivered()
    assert json.loads((tmp_path / "told.json").read_text()) == {
        "arguments": ["/p/a.jpg", "/p/a.cr2", "-nguest", "7 left photo.saved", "{path}", "c-1", "$HOME; *", ""],
        "facts": {
            "PHOTONIC_PATH": "/p/a.jpg",
            "PHOTONIC_SESSION": "guest",
            "PHOTONIC_SEQUENCE": "7",
            "PHOTONIC_CAMERA": "left",
            "PHOTONIC_CAPTURE_ID": "c" * 32,
            "PHOTONIC_PHOTO_ID": "c-1",
            "PHOTONIC_SHA256": "a" * 64,
            "PHOTONIC_EVENT": "photo.saved",
        },
        "folder": str(tmp_path),
        "input": "",
    }


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "exited with code 3"),
        ("echo one; echo no printer >&2; exit 1", "exited with code 1; last output: no printer"),
        ("kill -9 $$", "was killed by SIGKILL"),
        ("printf 'a\\033[31mb'; exit 1", "last output: a [31mb"),
    ],
)
async def test_a_command_that_fails_says_how(tmp_path: Path, script: str, why: str) -> None:
    verdict = await reported(tmp_path, "sh", "-c", script)
    assert isinstance(verdict, DeliveryFailed)
    assert verdict.reason.endswith(why)


async def test_a_flood_of_words_stops_nothing_and_its_end_is_kept(tmp_path: Path) -> None:
    verdict = await reported(tmp_path, "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; exit 1")
    assert isinstance(verdict, DeliveryFailed)
    assert verdict.reason == f"exited with code 1; last output: {'x' * OUTPUT_LIMIT}"


@pytest.mark.parametrize("how", ["hang", "leave"])
async def test_one_that_hangs_is_ended_with_its_children_and_so_are_children_it_leaves(
    tmp_path: Path, how: str
) -> None:
    verdict = await reported(
        tmp_path, sys.executable, script(tmp_path, STUBBORN), how, seconds=1.0 if how == "hang" else 20.0
    )
    assert verdict == (DeliveryFailed("did not finish within 1 s") if how == "hang" else Delivered())
    for name in ("parent", "child"):
        await asyncio.to_thread(died, int((tmp_path / f"pid-{name}").read_text()))


async def test_one_that_is_running_when_the_service_stops_is_ended(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    telling = asyncio.create_task(reported(tmp_path, "sh", "-c", "echo $$ > pid; sleep 60"))
    async with asyncio.timeout(20):
        pid = int(await asyncio.to_thread((tmp_path / "pid").read_text))
    telling.cancel()
    await asyncio.wait([telling])
    assert telling.cancelled()
    await asyncio.to_thread(died, pid)


async def test_one_that_is_just_being_started_when_the_service_stops_is_ended_with_its_children(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    ended = 0
    for turns in range(12):
        before = leftovers.running()
        telling = asyncio.create_task(reported(tmp_path, "sh", "-c", "sleep 60 & echo $! > pid; wait"))
        for _turn in range(turns):
            await asyncio.sleep(0)
        # Whatever the start waits for, it does not go on while this waits for the command's child.
        child = int((tmp_path / "pid").read_text()) if leftovers.started(before) else None
        telling.cancel()
        await asyncio.wait([telling])
        assert telling.cancelled()
        if child is not None:
            await asyncio.to_thread(died, child)
            ended += 1
    assert ended > 1


async def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!{tmp_path}/no-interpreter\n")
    program.chmod(0o755)
    hook = HookCommand(Hook(command=(str(program),)), tmp_path, THIS_MACHINE.host)
    for change in (lambda: None, program.unlink):
        change()
        verdict = await hook.deliver(notice())
        assert isinstance(verdict, DeliveryFailed)
        assert verdict.reason.startswith("could not start: ")
        assert "No such file" in verdict.reason


async def test_a_session_is_never_taken_for_an_option(tmp_path: Path) -> None:
    verdict = await reported(tmp_path, "true", "{session}", about=notice(session_id="-rf"))
    assert verdict == DeliveryFailed("could not start: '-rf' would be read as an option")
    assert await reported(tmp_path, "true", "-s{session}", about=notice(session_id="-rf")) == Delivered()
