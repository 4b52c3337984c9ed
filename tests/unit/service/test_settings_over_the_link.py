"""Settings over the real link: the answer is right even if several messages arrive in one read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.camera_process import FakeCameraProcess
from tests.support.driven import DriverLoopHarness
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import FailureKind
from photonic.recurring import Recurring
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.worker.link.codec import Decoder, message_record
from photonic.worker.link.messages import Command, Done
from photonic.worker.link.setting_messages import (
    ChangeSettings,
    ReadSettings,
    SettingEntry,
    SettingsChanged,
    SettingsRead,
)
from photonic.worker.supervision.process import CameraProcess
from photonic.worker.supervision.transient_commands import TransientCommands

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from photonic.service.camera.dispatch import EventDispatch
    from photonic.worker.link.messages import Event, Profiles

ISO = SettingEntry(name="iso", path="/main/iso", label="ISO", kind="choice", value="400", choices=("100", "400"))
TOLD = SettingsChanged(values={"iso": "400"})


class SettingsLoopHarness(DriverLoopHarness):
    """A camera with one setting."""

    def settings(self) -> SettingsRead:
        super().settings()
        return SettingsRead(settings=(ISO,))


class OneRead(FakeCameraProcess):
    """Answers commands through the real child loop and the real link; the whole answer arrives in one read.

    ``after``: settings reported after the answer, in the same read. ``asked``: the commands. ``parting``: the camera is
    lost and reopened before the caller can act on the answer.
    """

    def __init__(self, profiles: Profiles, listener: EventDispatch) -> None:
        super().__init__(profiles, listener)
        self.after: list[Event] = []
        self.asked: list[Command] = []
        self.parting = False
        self._commands: Decoder[Command] = Decoder(Command)
        self._process = CameraProcess(self, THIS_MACHINE.host, lambda: 0.0, Recurring(lambda: 0.0))
        self._process.connection_made(self)  # pyright: ignore[reportArgumentType] - as much of a transport as is used

    @property
    def transient(self) -> TransientCommands:  # pyright: ignore[reportIncompatibleMethodOverride]
        return TransientCommands(lambda: self._process)

    # The receiver of the process

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        self.listener.frame(captured_us, jpeg)

    def event(self, event: Event) -> None:
        self.listener.event(event)

    def tick(self, now: float) -> None: ...

    # Its transport

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self._commands.room()[: len(data)] = data
        for command in self._commands.received(len(data)):
            assert isinstance(command, ReadSettings | ChangeSettings)
            self.asked.append(command)
            asyncio.get_running_loop().call_soon(self._answer, command)

    def _answer(self, command: Command) -> None:
        loop_harness = SettingsLoopHarness()
        loop_harness.drive((0.0, command), until=0.0)
        begins = next(at for at, said in enumerate(loop_harness.said) if isinstance(said, Done)) + 1
        answer = [said for said in loop_harness.said[begins:-1] if not isinstance(said, bytes)]
        data = b"".join(message_record(message) for message in (*answer, *self.after))
        room = self._process.get_buffer(-1)
        assert len(data) <= len(room), "one read takes it all"
        room[: len(data)] = data
        self._process.buffer_updated(len(data))
        if self.parting:
            self.go_down(FailureKind.CAMERA_FAULT, "the cable shook")
            self.come_back()


class LinkHarness:
    """A camera controller whose camera process answers in one read."""

    def __init__(self, root: Path) -> None:
        self.processes: list[OneRead] = []
        settings = ControllerSettings(name="booth", address="auto", photo_root=root, min_free_bytes=0)
        self.controller = CameraController(settings, boot_id="boot-1", surroundings=THIS_MACHINE, start=self._start)

    @property
    def process(self) -> OneRead:
        return self.processes[-1]

    def _start(self, profiles: Profiles, listener: EventDispatch) -> OneRead:
        self.processes.append(OneRead(profiles, listener))
        return self.process


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncGenerator[LinkHarness]:
    harness = LinkHarness(tmp_path)
    running = asyncio.create_task(harness.controller.run())
    await harness.controller.connect()
    yield harness
    running.cancel()
    await asyncio.wait([running])


async def test_a_change_answers_with_the_settings_even_if_their_event_is_in_the_same_read(harness: LinkHarness) -> None:
    harness.process.after = [TOLD]
    changed = await harness.controller.settings.change({"iso": "400"})
    assert [setting.name for setting in changed.settings] == ["iso"]


async def test_a_reading_answers_with_the_settings_even_if_their_event_is_in_the_same_read(
    harness: LinkHarness,
) -> None:
    harness.process.after = [TOLD]
    assert [setting.name for setting in (await harness.controller.settings.read()).settings] == ["iso"]


async def test_settings_reported_after_the_answer_are_newer_than_the_answer(harness: LinkHarness) -> None:
    harness.process.after = [TOLD]
    answered = await harness.controller.settings.read()
    status = harness.controller.snapshot().settings
    assert status is not None
    assert status.rev > answered.rev, "who has this answer has to ask again"
    await harness.controller.settings.read()
    assert len(harness.process.asked) == 2, "an answer that is out of date is not given again"


async def test_an_answer_from_a_lost_session_is_not_used_for_the_next_one(harness: LinkHarness) -> None:
    harness.process.parting = True
    await harness.controller.settings.read()
    harness.process.parting = False
    await harness.controller.settings.read()
    await harness.controller.settings.read()
    assert len(harness.process.asked) == 2, "read again once, and kept from then on"
