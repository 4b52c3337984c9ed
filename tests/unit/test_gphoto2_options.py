"""The table against gphoto2's options: each option is in it; every command, route and method that it names exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import typer.main
from fastapi.routing import APIWebSocketRoute
from tests.support.absent import program
from tests.support.fake_controller import FakeController
from typer.core import TyperGroup

from photonic import CameraClient, LiveView
from photonic.cli.application import application
from photonic.client.sequences import SequencesClient
from photonic.client.settings import SettingsClient
from photonic.service.app import create_app
from photonic.service.config.settings import ServiceSettings
from photonic.service.http.routes.live import live_router

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "gphoto2-options.md"
ROWS = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
OF_ITSELF = {"help", "usage", "version"}
"""Options that say something of gphoto2."""

CLIENTS = {"": CameraClient, "settings": SettingsClient, "sequences": SequencesClient}


def spans(column: int) -> list[str]:
    return [span for row in ROWS for span in re.findall(r"`([^`]+)`", row[column])]


def test_every_option_of_gphoto2_is_in_the_table() -> None:
    said = subprocess.run([program("gphoto2"), "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    there = set(re.findall(r"^ .*?--([a-z][a-z-]+)", said, re.MULTILINE)) - OF_ITSELF
    reported = {match for span in spans(0) for match in re.findall(r"--([a-z][a-z-]+)", span)}
    assert len(there) > 50
    assert there - reported == set()


def test_every_command_and_its_options_exist() -> None:
    commands = typer.main.get_command(application)
    assert isinstance(commands, TyperGroup)
    named = [span.split() for line in PAGE.read_text().splitlines() for span in re.findall(r"`(photonic [^`]+)`", line)]
    assert len(named) > 15
    for _photonic, name, *arguments in named:
        command = commands.commands[name]
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {one for one in arguments if one.startswith("--")} <= options, (name, arguments)


def test_every_route_exists() -> None:
    paths = create_app(ServiceSettings(), [FakeController()]).openapi()["paths"]
    there = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    sockets = {("WS", route.path) for route in live_router().routes if isinstance(route, APIWebSocketRoute)}
    there |= {("WS", f"/api/v1/camera{path}") for _ws, path in sockets}
    named = [words for span in spans(2) if len(words := span.split()) == 2]
    assert len(named) > 25
    for method, path in named:
        whole = path if path.startswith(("/api", "/metrics")) else f"/api/v1/camera{path}"
        assert (method, whole) in there, (method, path)


def test_every_method_exists() -> None:
    named = spans(3)
    assert len(named) > 15
    for span in named:
        if span == LiveView.__name__:
            continue
        camera, *group, method = span.split(".")
        assert camera == "camera"
        assert callable(getattr(CLIENTS["".join(group)], method)), span


def test_what_is_not_here_says_why() -> None:
    for row in ROWS:
        assert "not here" not in row[1] or "because" in row[1], row[0]
