"""The receiver of webhooks, and what the judge of notifications notices."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from pydantic import SecretStr
from tests.simulation.judge.deliveries import Told, check
from tests.simulation.receiver import HABITS, SECRET, Message, SimulatedReceiver
from tests.support.notifications import notice
from tests.support.virtual_time import in_virtual_time

from photonic.model.hook import Webhook
from photonic.service.base.surroundings import Surroundings
from photonic.service.notify.notification import Delivered, DeliveryFailed, Retry
from photonic.service.notify.webhook import WebhookSender

if TYPE_CHECKING:
    from tests.simulation.command import SimulatedCommand

URL = "http://site.example/photos"


def _message(at: float, number: int, answer: int | None = 204, **fields: Any) -> Message:
    data = {"id": f"c{number}", "camera_id": "left", "new_photo_ids": [f"c{number}-1"]}
    body = {"type": "photo.saved", "data": data}
    return Message(at, URL, f"c{number}-1", body, signed=True, answer=answer, final=answer in {204, 410}, **fields)


def _command(at: float, number: int, ended_at: float | None) -> SimulatedCommand:
    facts = {"PHOTONIC_CAPTURE_ID": f"c{number}", "PHOTONIC_PHOTO_ID": f"c{number}-1"}
    made = SimpleNamespace(arguments=("print",), environment=facts, began_at=at, ended_at=ended_at)
    return cast("SimulatedCommand", made)


def _rules(
    *messages: Message, photos: int = 2, lives: tuple[float, ...] = (0.0,), failures: tuple[float, ...] = ()
) -> list[str]:
    files = {f"c{number}": 1 for number in range(1, photos + 1)}
    return [one.rule for one in check(Told(files, messages, (), 0, (URL,), lives, failures))]


def test_messages_in_order_are_no_finding() -> None:
    assert _rules(_message(1, 1, 500), _message(2, 1), _message(3, 2)) == []


def test_a_photo_that_nobody_was_told_of_is_found() -> None:
    assert _rules(_message(1, 1)) == ["each photo is told to each webhook"]
    assert _rules(_message(1, 1), _message(2, 2, 500)) == ["each photo is told to each webhook"]


def test_what_is_gone_for_the_receiver_is_told() -> None:
    assert _rules(_message(1, 1), _message(2, 2, 410)) == []


def test_a_message_that_overtakes_is_found() -> None:
    found = _rules(_message(1, 1, None), _message(2, 2), _message(3, 1))
    assert found == ["a message waits for the one before it", "messages come in order"]


def test_a_message_that_comes_again_after_it_was_taken_is_found() -> None:
    assert _rules(_message(1, 1), _message(2, 1), _message(3, 2)) == ["nothing is told again after it was taken"]


@pytest.mark.parametrize("unseen", [{"lives": (0.0, 1.5)}, {"failures": (1.5,)}], ids=["death", "disk"])
def test_it_may_come_again_where_the_service_cannot_know(unseen: dict[str, Any]) -> None:
    assert _rules(_message(1, 1), _message(2, 1), _message(3, 2), **unseen) == []


def test_an_unsigned_message_is_found() -> None:
    message = _message(1, 1)
    message.signed = False
    assert _rules(message, photos=1) == ["a message is signed"]


def test_commands_that_are_not_run_or_run_again_are_found() -> None:
    files = {"c1": 1, "c2": 1}
    commands = [_command(1, 1, 2.0), _command(3, 1, 4.0)]
    rules = [one.rule for one in check(Told(files, (), commands, 1, (), (0.0,)))]
    assert rules == ["a command that has ended is not run again", "each photo's command is run"]
    cut_off = [_command(1, 1, None), _command(3, 1, 4.0), _command(5, 2, 6.0)]
    assert list(check(Told(files, (), cut_off, 1, (), (0.0, 2.0)))) == []


@pytest.mark.parametrize("habit", HABITS)
def test_the_receiver_answers_as_its_habit_is(habit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {
        "takes": Delivered,
        "takes and hangs": Retry,
        "is gone": DeliveryFailed,
        "has moved": DeliveryFailed,
    }.get(habit, Retry)

    async def told() -> None:
        surroundings = Surroundings.of_this_machine()
        receiver = SimulatedReceiver(random.Random(1), lambda: 0.0, surroundings.time.wall)
        monkeypatch.setitem(HABITS, habit, 1e12)
        webhook = Webhook(url=URL, secret=SecretStr(SECRET))
        verdict = await WebhookSender(webhook, time=surroundings.time, transport=receiver).deliver(notice())
        assert isinstance(verdict, wanted)
        assert all(message.signed for message in receiver.messages)

    in_virtual_time(told())
