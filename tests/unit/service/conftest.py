"""A camera controller on a simulated camera process."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from tests.support.controllers import ControllerHarnesses
from tests.support.printer import Printer

from photonic.service.notify import delivery_worker, outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from photonic.model.hook import Hook
    from photonic.worker.host import Host


@pytest.fixture
def harnesses(tmp_path: Path) -> ControllerHarnesses:
    return ControllerHarnesses(tmp_path / "root")


@pytest.fixture
def logging_is_put_back() -> Iterator[None]:
    """For tests that configure logging."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "websockets")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Printer:
    stand_in = Printer()

    def command(_hook: Hook, _place: Path, _host: Host) -> Printer:
        return stand_in

    monkeypatch.setattr(outbox, "HookCommand", command)
    monkeypatch.setattr(delivery_worker, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(delivery_worker, "RETRY_SECONDS", 0.01)
    return stand_in
