"""Rules for every test: no task and no process outlives it, and nothing talks to a host but this one."""

from __future__ import annotations

import asyncio
import gc
import inspect
import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from tests.support import leftovers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# The same examples in every run, so that a red one means the change. `make hunt` tries other ones, more of them, and
# says their seed.
hypothesis.settings.register_profile("fixed", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.register_profile("hunt", deadline=None, database=None, print_blob=True, max_examples=250)
hypothesis.settings.load_profile("fixed")

# A task that was cancelled, or whose socket was closed, may need these turns of the loop to end.
TURNS_TO_END = 20
PROCESS_ENDS_WITHIN_SECONDS = 5.0


def _is_local(host: object) -> bool:
    if not isinstance(host, str) or host in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_other_hosts(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        connection, address = arguments
        if connection.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address[0]):
            raise PermissionError(f"a test reaches for {address[0]}: tests talk to this host only")
    elif event == "socket.getaddrinfo" and not _is_local(arguments[0]):
        raise PermissionError(f"a test looks up {arguments[0]}: tests talk to this host only")


def pytest_configure() -> None:
    """Stands in the way of every connection to another host, in this process, for the whole run."""
    sys.addaudithook(_refuse_other_hosts)
    # Shells start what runs in their background deaf to Ctrl-C, and children inherit that: tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Without this, asyncio makes a loop for whoever asks outside a loop (pytest-asyncio does), and nobody closes it.
    asyncio.set_event_loop(None)
    # Services find their configuration, and keep tokens and sessions, there: not those of the user.
    os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="photonic-test-state-")


def pytest_unconfigure() -> None:
    """Removes the state of the services."""
    os.environ.pop("XDG_CONFIG_HOME", None)
    shutil.rmtree(os.environ.pop("XDG_STATE_HOME", ""), ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def what_is_there_stays() -> None:
    """Spares what is there before a module's tests from their collections: thousands of tests, and what they import.

    Otherwise each ``gc.collect``, of which the simulation does several in each test, takes most of a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
async def _tasks_end() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    for _turn in range(TURNS_TO_END):
        await asyncio.sleep(0)
    current = asyncio.current_task()
    pending = [task for task in asyncio.all_tasks() - before if task is not current and not task.done()]
    if pending:
        pytest.fail("tasks left pending: " + "; ".join(repr(task.get_coro()) for task in pending))


@pytest.fixture(autouse=True)
def nothing_is_left_behind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test that leaves an asyncio task pending, or a process of its own alive."""
    mark = f"{os.getpid()}-{abs(hash(request.node.nodeid))}"
    before = leftovers.running()
    monkeypatch.setenv(leftovers.MARK, mark)
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_tasks_end")
    yield
    remaining = leftovers.left(mark, before, within_seconds=PROCESS_ENDS_WITHIN_SECONDS)
    if remaining:
        pytest.fail("processes left alive: " + "; ".join(f"{process.pid} {process.command}" for process in remaining))
