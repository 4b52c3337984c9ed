from __future__ import annotations

import asyncio

import pytest

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import Capture, Command, Done, Failed, StartPreview
from photonic.worker.supervision.requests import Pending, Requests


def _add(requests: Requests, command: Command) -> asyncio.Future[Done]:
    answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
    requests.add(Pending(command, 1.0, answer))
    return answer


async def test_each_failure_becomes_the_error_of_its_kind() -> None:
    requests = Requests()
    bad = _add(requests, StartPreview(request=1))
    shot = _add(requests, Capture(request=2, capture_id="c", staging="/s"))
    camera = _add(requests, StartPreview(request=3))
    requests.answer(Failed(request=1, kind=FailureKind.BAD_INPUT, reason="no such ISO", field="iso", choices=("100",)))
    requests.answer(Failed(request=2, kind=FailureKind.AUTOFOCUS_FAILED, reason="no focus"))
    requests.answer(Failed(request=3, kind=FailureKind.NOT_SUPPORTED, reason="no live view", code=-6))
    with pytest.raises(BadInput) as refused:
        await bad
    assert (refused.value.field, refused.value.choices) == ("iso", ("100",))
    with pytest.raises(CaptureError) as missed:
        await shot
    assert missed.value.kind is FailureKind.AUTOFOCUS_FAILED
    with pytest.raises(CameraError) as unable:
        await camera
    assert (unable.value.kind, unable.value.code) == (FailureKind.NOT_SUPPORTED, -6)


async def test_every_command_is_answered_when_the_process_is_gone() -> None:
    requests = Requests()
    answers = [_add(requests, StartPreview(request=number)) for number in range(3)]
    requests.fail(CameraError("ended by SIGSEGV", code=-7))
    errors = await asyncio.gather(*answers, return_exceptions=True)
    assert [str(error) for error in errors] == ["ended by SIGSEGV"] * 3
    assert len({id(error) for error in errors}) == 3
    assert requests.oldest is None


async def test_answers_to_unknown_numbers_and_to_callers_that_left_change_nothing() -> None:
    requests = Requests()
    left = _add(requests, StartPreview(request=1))
    left.cancel()
    waiting = _add(requests, StartPreview(request=2))
    requests.answer(Done(request=77))
    requests.answer(Done(request=1))
    assert requests.oldest is not None
    assert requests.oldest.command.request == 2
    requests.answer(Done(request=2))
    await waiting


async def test_the_capture_in_flight_is_the_oldest_command() -> None:
    requests = Requests()
    _add(requests, StartPreview(request=1))
    _add(requests, Capture(request=2, capture_id="c", staging="/s"))
    assert requests.capture is None
    requests.answer(Done(request=1))
    assert requests.capture is not None
    requests.fail(CameraError("over"))
    assert requests.capture is None
