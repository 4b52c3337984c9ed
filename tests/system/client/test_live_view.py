"""LiveView against a small real service over loopback: it keeps its picture, and says so when it has none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.live_service import LiveService
from tests.support.waiting import until_true
from tests.support.watching import fresh, until

from photonic import AccessRefused, LiveView, SessionState, StateChange
from photonic.model.status import CameraState, LiveState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def service() -> AsyncIterator[LiveService]:
    async with LiveService() as running:
        yield running


async def test_frames_come_in_order_and_the_state_is_live(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        sequences = await fresh(view, 5)
        assert sequences == sorted(set(sequences))
        assert view.state is SessionState.LIVE
        assert view.snapshot is not None
        assert view.statistics.frames >= 5
        assert view.newest is not None
        assert view.newest.jpeg[2:10] == view.newest.sequence.to_bytes(8)
    assert view.state is SessionState.STOPPED


async def test_a_pause_keeps_the_socket_and_afterwards_the_figures_start_afresh(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view, 10)
        await service.pause()
        change = await until(view, SessionState.HOLD)
        assert change.reason == "a capture is running"
        counted = view.statistics.frames
        assert counted >= 10
        await service.resume()
        await fresh(view, 1)
        assert view.statistics.frames < counted
        assert service.opened == 1


async def test_a_cut_connection_is_dialed_again_by_itself(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        service.server.cut()
        await until(view, SessionState.BACKOFF)
        await fresh(view)
        assert service.opened == 2


async def test_cut_during_a_capture_the_view_connects_during_it_and_spends_no_attempt(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        await service.pause()
        await until(view, SessionState.HOLD)
        service.server.cut()
        await until_true(lambda: service.opened == 2)
        assert view.state is SessionState.HOLD
        assert view._session.attempts == 0
        await service.resume()
        await fresh(view)
        assert service.opened == 2


async def test_a_silent_socket_is_replaced(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        service.mute = True
        change = await until(view, SessionState.BACKOFF)
        assert change.reason == "the connection has gone silent"
        service.mute = False
        await fresh(view)


async def test_a_restarted_service_counts_from_one_and_is_shown(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view, 20)
        await service.kill()
        await until(view, SessionState.BACKOFF)
        await service.revive()
        assert (await fresh(view, 1))[0] < 20


async def test_killed_during_a_capture_and_started_again_it_comes_back(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        await service.pause()
        await until(view, SessionState.HOLD)
        await service.restart()
        await fresh(view)
        assert view.state is SessionState.LIVE


async def test_a_stuck_preview_is_asked_to_restart_and_the_socket_kept(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        service.flowing = False
        await until(view, SessionState.SYNCING)
        await fresh(view)
        assert (service.preview_restarts, service.opened) == (1, 1)


async def test_an_absent_camera_is_waited_for_with_its_reason(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)
        await service.change(camera=CameraState.ABSENT, live=LiveState.OFF, reason="unplugged")
        assert (await until(view, SessionState.WAITING)).reason == "unplugged"
        await service.change(camera=CameraState.READY, live=LiveState.RUNNING, reason=None)
        await fresh(view)
        assert service.opened == 1


async def test_stop_is_final_and_ends_every_iterator(service: LiveService) -> None:
    async with LiveView(service.url) as view:
        await fresh(view)

        async def drain() -> int:
            return len([frame async for frame in view])

        reader = asyncio.ensure_future(drain())
        changes = asyncio.ensure_future(_all(view.states()))
        await asyncio.sleep(0)
        await view.stop()
        async with asyncio.timeout(5):
            await reader
            assert (await changes)[-1].state is SessionState.STOPPED
        opened, asked = service.opened, service.status_requests
        await until_true(lambda: not service.sockets)
        assert (service.opened, service.status_requests) == (opened, asked)
        assert [frame async for frame in view] == []


async def _all(changes: AsyncIterator[StateChange]) -> list[StateChange]:
    return [change async for change in changes]


async def test_two_views_at_once_and_a_consumer_that_sleeps_holds_up_nobody(service: LiveService) -> None:
    async with LiveView(service.url) as one, LiveView(service.url) as other:
        await asyncio.gather(fresh(one), fresh(other))
        slow = aiter(one)
        first = await anext(slow)
        await fresh(other, 20)
        second = await anext(slow)
        assert second.sequence > first.sequence + 1
        assert one.newest is second
        assert one.state is other.state is SessionState.LIVE


async def test_without_the_token_the_view_is_refused_and_says_what_to_do() -> None:
    async with LiveService(token="secret") as service:
        await service.kill()
        service.server.port = 0
        await service.revive()
        async with LiveView(service.url, token="secret") as view:
            await fresh(view)
        async with LiveView(f"{service.url}/elsewhere") as view:
            change = await until(view, SessionState.REFUSED)
            assert change.reason is not None
            assert "check the address" in change.reason


async def test_a_view_that_is_refused_after_its_socket_opened_is_let_in_again(service: LiveService) -> None:
    service.refuses_with = (4403, "the role 'viewer' of this token ends here")
    async with LiveView(service.url) as view:
        change = await until(view, SessionState.REFUSED)
        assert isinstance(change.refusal, AccessRefused)
        assert change.refusal.status == 403
        assert "photonic token add" in change.refusal.what_to_do
        service.refuses_with = None
        await fresh(view)
        assert view.change.refusal is None


async def test_a_view_can_end_with_the_refusal(service: LiveService) -> None:
    service.refuses_with = (4401, "the token was removed")
    async with LiveView(service.url, raise_when_refused=True) as view:
        with pytest.raises(AccessRefused, match="sign in") as caught:
            async for _frame in view:
                pass
        assert caught.value.status == 401


async def test_a_full_service_is_left_alone_for_as_long_as_it_asks(service: LiveService) -> None:
    service.refuses_with = (4429, "50 viewers of this link: try again in 3600 s")
    async with LiveView(service.url) as view:
        change = await until(view, SessionState.BACKOFF)
        assert change.reason is not None
        assert "too many viewers" in change.reason
        assert change.next_try_in is not None
        assert change.next_try_in > 50
        assert change.refusal is None
    assert service.opened == 1


async def test_an_application_may_set_an_end(service: LiveService) -> None:
    await service.kill()
    async with LiveView(service.url, give_up_after_seconds=0.5) as view:
        async with asyncio.timeout(20):
            assert [frame async for frame in view] == []
        assert view.change.reason == "gave up: no frame for 0.5 s"


async def test_an_error_in_the_block_leaves_it_unwrapped(service: LiveService) -> None:
    with pytest.raises(KeyError):
        async with LiveView(service.url) as view:
            await fresh(view, 1)
            raise KeyError


async def test_an_error_in_the_callback_is_not_lost(service: LiveService) -> None:
    def broken(change: StateChange) -> None:
        raise KeyError(change.state)

    with pytest.raises(ExceptionGroup) as caught:
        async with LiveView(service.url, on_change=broken) as view:
            await fresh(view, 1)
    assert caught.group_contains(KeyError)
