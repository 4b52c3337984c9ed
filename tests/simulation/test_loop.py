"""The simulated loop: time, threads, order and deaths, with asyncio's and anyio's own tools on it."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest
from starlette.concurrency import run_in_threadpool
from tests.simulation.death import Death
from tests.simulation.disk import Disturbance, SimulatedDisk
from tests.simulation.loop import NothingLeftError, SimulatedLoop
from tests.simulation.numbered_tasks import inline_threads
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

DAY_SECONDS = 86_400.0


def new_loop(seed: int = 1, **how: Any) -> SimulatedLoop:
    return SimulatedLoop(Randomness(seed), Trace(keep=True), **how)


def in_virtual_time(work: Callable[[], Coroutine[Any, Any, Any]], seed: int = 1) -> Any:
    loop = new_loop(seed)
    with inline_threads():
        try:
            return loop.run_until_complete(work())
        finally:
            loop.bury()


# Time


def test_time_goes_to_the_next_timer_and_nobody_waits() -> None:
    async def work() -> float:
        before = asyncio.get_running_loop().time()
        await asyncio.sleep(DAY_SECONDS)
        return asyncio.get_running_loop().time() - before

    assert in_virtual_time(work) == pytest.approx(DAY_SECONDS, abs=0.001)


def test_timers_of_one_moment_run_in_the_order_in_which_they_were_made() -> None:
    """A heap that compares only the moment does not keep it."""

    async def work() -> list[int]:
        order: list[int] = []
        loop = asyncio.get_running_loop()
        when = loop.time() + 1
        for number in range(100):
            loop.call_at(when, order.append, number)
        await asyncio.sleep(2)
        return order

    assert in_virtual_time(work) == list(range(100))


def test_time_passes_for_who_waits_without_a_timer() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + 0.01
        while loop.time() < until:  # noqa: ASYNC110 - that is what is tested
            await asyncio.sleep(0)

    in_virtual_time(work)


def test_a_timer_that_was_cancelled_moves_nothing() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        async with asyncio.timeout(DAY_SECONDS):
            await asyncio.sleep(1)
        return loop.time() - before

    assert in_virtual_time(work) == pytest.approx(1, abs=0.001)


def test_a_loop_in_which_nothing_can_happen_any_more_says_so() -> None:
    async def work() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(NothingLeftError):
        in_virtual_time(work)


# asyncio's and anyio's tools


def test_groups_timeouts_queues_and_shields_work() -> None:
    async def work() -> list[Any]:
        queue: asyncio.Queue[int] = asyncio.Queue(1)
        got: list[Any] = []

        async def put() -> None:
            for number in range(3):
                await queue.put(number)
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as group:
            group.create_task(put())
            got += [await queue.get() for _each in range(3)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.shield(asyncio.sleep(10))
        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(DAY_SECONDS))
                group.create_task(fails())
        done, pending = await asyncio.wait([asyncio.ensure_future(asyncio.sleep(each)) for each in (1, 5)], timeout=3)
        got += [len(done), len(pending)]
        return got

    async def fails() -> None:
        raise ValueError

    assert in_virtual_time(work) == [0, 1, 2, 1, 1]


def test_anyio_and_its_worker_threads_work() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    async def work() -> list[Any]:
        got: list[Any] = []
        variable.set("of the caller")
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 2)
            with anyio.move_on_after(1) as scope:
                await anyio.sleep(3)
            got.append(scope.cancelled_caught)
            got.append(await anyio.to_thread.run_sync(variable.get))
            got.append(await run_in_threadpool(variable.get))
            group.cancel_scope.cancel()
        with anyio.move_on_after(0):
            await anyio.to_thread.run_sync(got.append, "never begun")
        with anyio.move_on_after(1e-9):
            await anyio.to_thread.run_sync(got.append, "not abandoned")
        return got

    assert in_virtual_time(work) == [True, "of the caller", "of the caller", "not abandoned"]


def test_sets_of_tasks_and_futures_have_one_order() -> None:
    async def work() -> list[int]:
        loop = asyncio.get_running_loop()
        tasks = {asyncio.ensure_future(asyncio.sleep(0, number)) for number in range(50)}
        futures = {loop.create_future() for _each in range(50)}
        assert [hash(each) for each in tasks] == sorted(map(hash, tasks))
        assert [hash(each) for each in futures] == sorted(map(hash, futures))
        assert len({each.get_name() for each in tasks}) == 50
        return [each.result() for each in (await asyncio.wait(tasks))[0]]

    assert in_virtual_time(work) == in_virtual_time(work) == list(range(50))


# Jobs


def test_jobs_of_one_thread_run_in_order_and_one_after_the_other() -> None:
    async def work() -> list[tuple[int, float]]:
        loop = asyncio.get_running_loop()
        ran: list[tuple[int, float]] = []
        with ThreadPoolExecutor(1) as thread:
            jobs = [loop.run_in_executor(thread, lambda n=n: ran.append((n, loop.time()))) for n in range(200)]
            await asyncio.gather(*jobs)
        return ran

    ran = in_virtual_time(work)
    assert [number for number, _when in ran] == list(range(200))
    assert len({when for _number, when in ran}) > 190


def test_jobs_of_several_threads_overtake_each_other() -> None:
    async def work() -> list[int]:
        ran: list[int] = []
        await asyncio.gather(*(asyncio.to_thread(ran.append, number) for number in range(50)))
        return ran

    ran = in_virtual_time(work)
    assert sorted(ran) == list(range(50)) != ran
    assert ran == in_virtual_time(work) != in_virtual_time(work, seed=2)


def test_a_job_that_was_cancelled_before_its_moment_never_runs_and_afterwards_has_run() -> None:
    async def cancelled_after(seconds: float) -> bool:
        ran: list[bool] = []
        job = asyncio.get_running_loop().run_in_executor(None, ran.append, True)
        await asyncio.sleep(seconds)
        job.cancel()
        await asyncio.sleep(10)
        return bool(ran)

    for seed in range(5):
        assert not in_virtual_time(lambda: cancelled_after(0), seed)
        assert in_virtual_time(lambda: cancelled_after(5), seed)


def test_a_job_has_no_running_loop_and_its_error_goes_to_who_waits() -> None:
    async def work() -> None:
        with pytest.raises(RuntimeError, match="no running event loop"):
            await asyncio.to_thread(asyncio.get_running_loop)
        asyncio.get_running_loop()
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)

    in_virtual_time(work)


def test_an_executor_that_was_shut_down_takes_no_jobs() -> None:
    async def work() -> None:
        thread = ThreadPoolExecutor(1)
        thread.shutdown()
        with pytest.raises(RuntimeError, match="after shutdown"):
            await asyncio.get_running_loop().run_in_executor(thread, int)

    in_virtual_time(work)


# Deaths


async def careful(heard: list[str]) -> None:
    """Catches what can be caught, and cleans up."""
    try:
        while True:
            try:
                await asyncio.sleep(1)
            except Exception:  # noqa: BLE001 - a death passes
                heard.append("an error")
    finally:
        heard.append("cleaned up")


def test_the_process_dies_before_the_step_that_is_named() -> None:
    steps: list[int] = []
    for step in (3, 7):
        loop = new_loop()
        loop.die_before(step, power=True)
        heard: list[str] = []
        with pytest.raises(Death) as death:
            loop.run_until_complete(careful(heard))
        assert death.value.power
        assert heard == []
        steps.append(loop.steps)
        loop.bury()
    assert steps == [3, 7]


def test_a_death_in_a_job_ends_the_loop_at_once() -> None:
    heard: list[str] = []
    photo = Path("/simulated/photo")
    with SimulatedDisk("/simulated", Randomness(1), Trace()) as disk:
        disk.plan[2] = Disturbance("kill", "after")

        async def work() -> None:
            helper = asyncio.ensure_future(careful(heard))
            try:
                await asyncio.to_thread(photo.write_bytes, b"photo")
                heard.append("told that it is saved")
            finally:
                photo.unlink()  # noqa: ASYNC240 - one job is atomic, and this one is dead
                helper.cancel()

        loop = new_loop(life=disk.life)
        with pytest.raises(Death):
            loop.run_until_complete(work())
        assert heard == []
        loop.bury()
        assert heard == ["cleaned up"]
        assert disk.contents() == {"/simulated/photo": b"photo"}, "the dead could not remove it"


def test_a_death_that_could_not_be_raised_ends_the_loop_after_the_job() -> None:
    loop = new_loop()
    heard: list[str] = []

    def job() -> None:
        loop.life.end("in a callback of SQLite")

    async def work() -> None:
        await asyncio.to_thread(job)
        heard.append("went on")

    with pytest.raises(Death):
        loop.run_until_complete(work())
    loop.bury()
    assert heard == []


def test_the_dead_are_closed_in_the_order_in_which_they_began(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[int] = []

    async def stubborn(number: int) -> None:
        try:
            await asyncio.sleep(DAY_SECONDS)
        finally:
            ended.append(number)
            asyncio.ensure_future(stubborn(number + 100)) if number < 100 else None
            await asyncio.sleep(1)
            ended.append(-1)

    async def work() -> None:
        tasks = [asyncio.ensure_future(stubborn(number)) for number in range(20)]
        await asyncio.sleep(1)
        assert len(tasks) == 20

    loop = new_loop()
    loop.run_until_complete(work())
    loop.bury()
    gc.collect()
    assert ended[:20] == list(range(20))
    assert loop.is_closed()
    assert caplog.records == []


def test_what_the_dead_meant_to_begin_is_let_go_in_silence() -> None:
    begun: list[bool] = []

    async def other() -> None:
        begun.append(True)

    async def meant(work: Coroutine[Any, Any, None]) -> None:
        await asyncio.sleep(1)
        await work

    loop = new_loop()
    loop.die_before(3)
    with pytest.raises(Death):
        loop.run_until_complete(meant(other()))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        loop.bury()
    assert [str(each.message) for each in heard] == []
    assert begun == []


def test_no_time_passes_in_reality_and_the_same_seed_makes_the_same_history(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_sleep(_seconds: float) -> None:
        raise AssertionError("somebody waits")

    monkeypatch.setattr(time, "sleep", no_sleep)

    def history(seed: int) -> str:
        loop = new_loop(seed)

        async def one(number: int) -> None:
            for _each in range(5):
                await asyncio.to_thread(int)
                loop.trace.note("test", str(number))

        async def work() -> None:
            await asyncio.gather(*(one(number) for number in range(10)))

        loop.run_until_complete(work())
        loop.bury()
        return loop.trace.digest

    assert history(1) == history(1) != history(2)


# The link


class Peer:
    """The far side: keeps what it was told."""

    def __init__(self) -> None:
        self.end: Any = None
        self.data = b""
        self.heard: list[str] = []

    def connected(self, end: Any) -> None:
        self.end = end

    def received(self, data: bytes) -> None:
        self.data += data

    def closed(self) -> None:
        self.heard.append("closed")


class Near(asyncio.BufferedProtocol):
    """The near side, with a small buffer."""

    def __init__(self) -> None:
        self.buffer = bytearray(7)
        self.data = b""
        self.heard: list[str] = []
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data += self.buffer[:nbytes]

    def eof_received(self) -> bool:
        self.heard.append("eof")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.append("lost")

    def pause_writing(self) -> None:
        self.heard.append("pause")

    def resume_writing(self) -> None:
        self.heard.append("resume")


def linked(work: Callable[[Near, Peer], Awaitable[None]]) -> tuple[Near, Peer]:
    near, peer = Near(), Peer()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        loop.link(near, peer)
        assert near.transport is not None
        await work(near, peer)
        await asyncio.sleep(1)

    in_virtual_time(run)
    return near, peer


def test_bytes_arrive_in_order_both_ways() -> None:
    async def work(near: Near, peer: Peer) -> None:
        for number in range(200):
            near.transport.write(bytes([number]) * number)
            peer.end.write(bytes([number]) * number)
        assert near.data == peer.data == b"", "not at once"
        await asyncio.sleep(0.2)

    near, peer = linked(work)
    assert near.data == peer.data == b"".join(bytes([number]) * number for number in range(200))


def test_the_end_of_the_far_process_comes_after_what_it_wrote() -> None:
    async def work(near: Near, peer: Peer) -> None:
        peer.end.write(b"last words")
        peer.end.close()
        peer.end.write(b"of a ghost")

    near, peer = linked(work)
    assert near.data == b"last words"
    assert near.heard == ["eof", "lost"]
    assert peer.heard == ["closed"]


def test_a_far_side_that_stops_reading_pauses_the_near_one() -> None:
    async def work(near: Near, peer: Peer) -> None:
        peer.end.pause_reading()
        near.transport.write(bytes(100_000))
        await asyncio.sleep(1)
        assert (near.heard, peer.data) == (["pause"], b"")
        peer.end.resume_reading()

    near, peer = linked(work)
    assert near.heard == ["pause", "resume"]
    assert len(peer.data) == 100_000


def test_a_link_that_was_closed_here_says_nothing_more() -> None:
    async def work(near: Near, peer: Peer) -> None:
        near.transport.pause_reading()
        peer.end.write(b"too late")
        near.transport.write(b"farewell")
        await asyncio.sleep(1)
        assert near.data == b""
        near.transport.abort()
        near.transport.resume_reading()
        near.transport.write(b"nothing")

    near, peer = linked(work)
    assert (near.data, near.heard) == (b"", ["lost"])
    assert (peer.data, peer.heard) == (b"farewell", ["closed"])
