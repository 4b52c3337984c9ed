"""How ``photonic view`` ends: with frames, without any, without a service, and when a frame cannot be saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import pytest
import typer
from tests.support.live_service import LiveService

from photonic.cli.outcome import ExitCode
from photonic.cli.view import _watch
from photonic.client.live import LiveView
from photonic.client.state_change import StateChange
from photonic.errors import BadInput
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot
from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.frame import Frame

LONG_SECONDS = 60.0
SHORT_SECONDS = 0.01
SNAPSHOT = Snapshot(
    boot_id="b",
    rev=1,
    now_us=0,
    camera=CameraStatus(id="1", state=CameraState.READY),
    live=LiveStatus(state=LiveState.RECOVERING),
)


class Frameless:
    """A live view without frames. The real one would need time for its first snapshot."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self.snapshot = snapshot
        self.change = StateChange(SessionState.WAITING, "the mirror is stuck", 0.0, None, snapshot)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Frame:
        return await asyncio.get_running_loop().create_future()


async def test_it_ends_with_the_last_frame_that_was_to_be_saved(tmp_path: Path) -> None:
    async with LiveService() as service:
        await _watch(LiveView(service.url), LONG_SECONDS, (2, tmp_path / "frames"), json=False)
    assert len(list((tmp_path / "frames").iterdir())) == 2


async def test_a_frame_that_cannot_be_saved_ends_it_with_one_error_instead_of_a_group(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    async with LiveService() as service:
        with pytest.raises(BadInput, match="cannot write to") as refused:
            await _watch(LiveView(service.url), LONG_SECONDS, (1, file / "frames"), json=False)
    assert str(file / "frames") in refused.value.reason


@pytest.mark.parametrize(
    ("snapshot", "code"), [(None, ExitCode.UNREACHABLE), (SNAPSHOT, ExitCode.FAILED)], ids=["no service", "no frames"]
)
async def test_without_a_frame_it_fails_with_the_reason(
    snapshot: Snapshot | None, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        await _watch(Frameless(snapshot), SHORT_SECONDS, None, json=False)  # pyright: ignore[reportArgumentType] - as much as is used
    assert ended.value.exit_code == code
    assert capsys.readouterr().err.splitlines()[-1] == "photonic: no frame arrived: the mirror is stuck"
