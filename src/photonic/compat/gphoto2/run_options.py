"""The options that apply to every action of a command line, wherever they are in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.compat.gphoto2.arguments import CommandLine

DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the actions are carried out.

    Args:
        url: Address of the service.
        token: Its access token; ``None``: none.
        ca: File of the authority whose certificates to accept; ``None``: this machine's authorities.
        port: The port that was asked for; ``None``: any.
        model: The model that was asked for; ``None``: any.
        folder: Folder on the camera.
        pattern: Name pattern of saved files; ``None``: their names on the camera.
        first_number: Of ``%n``.
        hook_script: Program to run; ``None``: none.
        quiet: Whether less is printed.
        parsable: Whether lists are printed for programs.
        stdout: Whether files go to standard output.
        stdout_size: Whether their sizes go before them.
        force_overwrite: Whether existing files are overwritten without a question.
        skip_existing: Whether existing files are left alone.
        keep: Whether photos stay on the camera; ``None``: neither ``--keep`` nor ``--no-keep``.
        keep_raw: Whether files other than JPEGs are left there and not downloaded.
        recurse: Whether actions on files include the folders below.
        reverse: Whether files are taken in reverse order.
        frames: Number of photos; 0: no end.
        interval_seconds: Between two photos; 0: one photo; -1: one at each signal.
        bulb_seconds: Exposure time; 0: the camera's.
        reset_interval: Whether a signal begins a new interval.
    """

    url: str = DEFAULT_URL
    token: str | None = None
    ca: str | None = None
    port: str | None = None
    model: str | None = None
    folder: str = "/"
    pattern: str | None = None
    first_number: int = 1
    hook_script: str | None = None
    quiet: bool = False
    parsable: bool = False
    stdout: bool = False
    stdout_size: bool = False
    force_overwrite: bool = False
    skip_existing: bool = False
    keep: bool | None = None
    keep_raw: bool = False
    recurse: bool = True
    reverse: bool = False
    frames: int = 0
    interval_seconds: int = 0
    bulb_seconds: int = 0
    reset_interval: bool = False


_TEXTS = {
    "url": "url",
    "token": "token",
    "ca": "ca",
    "port": "port",
    "camera": "model",
    "folder": "folder",
    "filename": "pattern",
    "hook-script": "hook_script",
}
_NUMBERS = {
    "filenumber": "first_number",
    "frames": "frames",
    "interval": "interval_seconds",
    "bulb": "bulb_seconds",
}
_SWITCHES: Mapping[str, Mapping[str, bool]] = {
    "quiet": {"quiet": True},
    "parsable": {"quiet": True, "parsable": True},
    "stdout": {"quiet": True, "stdout": True},
    "stdout-size": {"quiet": True, "stdout": True, "stdout_size": True},
    "force-overwrite": {"force_overwrite": True},
    "skip-existing": {"skip_existing": True},
    "keep": {"keep": True},
    "no-keep": {"keep": False},
    "keep-raw": {"keep_raw": True},
    "recurse": {"recurse": True},
    "no-recurse": {"recurse": False},
    "reverse": {"reverse": True},
    "reset-interval": {"reset_interval": True},
}
_DELETIONS = ("delete-file", "delete-all-files")


def run_options(line: CommandLine, environment: Mapping[str, str]) -> RunOptions:
    """The options of a command line; of the same option given twice, the last one counts.

    Args:
        line: The command line.
        environment: Has the defaults of the service's options: ``PHOTONIC_URL``, ``PHOTONIC_TOKEN``, ``PHOTONIC_CA``.
    """
    chosen: dict[str, str | int | bool] = {
        name: environment[variable]
        for name, variable in (("url", "PHOTONIC_URL"), ("token", "PHOTONIC_TOKEN"), ("ca", "PHOTONIC_CA"))
        if environment.get(variable)
    }
    if line.has(*_DELETIONS):
        # Deleting with the folders below has to be asked for.
        chosen["recurse"] = line.has("recurse")
    for option in line.options:
        if option.name in _TEXTS:
            chosen[_TEXTS[option.name]] = option.value or ""
        elif option.name in _NUMBERS:
            chosen[_NUMBERS[option.name]] = option.number
        else:
            chosen |= _SWITCHES.get(option.name, {})
    return RunOptions(**chosen)  # pyright: ignore[reportArgumentType] - the tables name the fields by their types
