from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from photonic.errors import CameraError
from photonic.worker.link.card_messages import CardListed
from photonic.worker.link.messages import Done
from photonic.worker.link.setting_messages import SettingsRead
from photonic.worker.supervision.transient_commands import TransientCommands

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.worker.link.messages import Command, Result


class Answering:
    """A camera process that answers each command with ``result``."""

    def __init__(self, result: Result | None) -> None:
        self._result = result

    def request(self, make: Callable[[int], Command], limit_seconds: float) -> asyncio.Future[Done]:
        assert limit_seconds > 0
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        answer.set_result(Done(request=make(1).request, result=self._result))
        return answer


def _commands(result: Result | None) -> TransientCommands:
    return TransientCommands(lambda: Answering(result))  # pyright: ignore[reportArgumentType] - as much as is used


async def test_the_result_of_a_command_is_its_return_value() -> None:
    listed = CardListed(card="one")
    assert await _commands(listed).list_card() is listed


@pytest.mark.parametrize("result", [None, SettingsRead()])
async def test_a_result_of_another_kind_is_a_failure_of_the_camera_process(result: Result | None) -> None:
    with pytest.raises(CameraError, match="instead of CardListed"):
        await _commands(result).list_card()
