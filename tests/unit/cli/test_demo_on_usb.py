"""How the demo starts itself again beside a simulated USB bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.cli.demo_on_usb import simulated, simulation
from photonic.simulator.usb.program import CONTROL_VARIABLE

if TYPE_CHECKING:
    import pytest


def test_it_becomes_a_simulation_that_runs_the_demo() -> None:
    command = simulation(["--usb", "--port", "0"])
    serial = command[command.index("--serial") + 1]
    assert len(serial) == 12
    assert serial != simulation([])[5]
    split = command.index("--")
    assert command[2:4] == ["simulate", "--usb"]
    assert command[split + 2 :] == ["-m", "photonic.cli", "demo", "--usb", "--port", "0"]


def test_the_control_address_tells_that_the_bus_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONTROL_VARIABLE, raising=False)
    assert not simulated()
    monkeypatch.setenv(CONTROL_VARIABLE, "127.0.0.1:1")
    assert simulated()
