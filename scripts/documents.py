"""Writes the generated parts of docs/reference: settings, commands, session machine, measured faults, cameras.

``python scripts/documents.py`` writes; ``--check`` only says which file is out of date. A generated part stands between
``<!-- generated: NAME -->`` and ``<!-- end -->``; the rest of the file is written by hand.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import sys
import types
import typing
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import typer
from pydantic import SecretStr

from photonic.cli.application import application
from photonic.protocol import capture, link
from photonic.protocol.session_states import STATES, StreamCondition
from photonic.protocol.session_times import SessionTimes
from photonic.service.config.settings import ENVIRONMENT_PREFIX, ServiceSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"

MEANINGS = {
    "host": "address to listen on; off loopback it needs `token` or `allow_anonymous`",
    "port": "port to listen on; 0 takes any free one",
    "photo_root": "folder that photos go to; nothing is ever written outside it",
    "camera": "`auto`, `usb:SERIAL`, `ptpip:HOST[:PORT]`, `vusb:DIR`, `v4l2:DEVICE`, `url:URL`, `file:PATH` "
    "or `pattern:` (no camera)",
    "camera_name": "the camera's name in addresses, beside its serial number",
    "cameras": "several cameras, each with a name, as tables of the file; see below",
    "capture_target": "where the camera puts a photo first; `ram` may lose one when the camera process dies",
    "image_path": "how answers name a photo: absolute, or relative to the photo root, such as `photos/x.jpg`",
    "token": "what clients have to show, 16 to 256 characters; not a flag, because flags are seen by everyone",
    "operator_pin": "4 to 12 digits without which no page changes the camera or leaves `/booth`; not a flag",
    "allow_anonymous": "ask nobody for a token, not even off loopback",
    "allowed_hosts": "further names under which the service may be addressed (comma-separated in the environment)",
    "allowed_origins": "pages of other origins (`http://host:port`) that may use the service from a browser",
    "log_format": "one line for each event, for people or for machines; `--json` on the command line",
    "log_level": "the least that is logged",
    "queue_length": "captures that may wait; one more is refused with 429",
    "preview_grace_seconds": "how long live view goes on when nobody watches",
    "min_free_mb": "a capture is refused before the shutter when the disk has less",
    "low_space_mb": "with less room on the disk the status and each photo carry a warning",
    "retry_without_autofocus": "expose all the same where the lens finds no focus, for requests that do not say",
    "delete_after_download": "delete the card's copy of a photo once the photo is on record",
    "fetch_films": "fetch films, too, when nothing else is done; else they stay on the camera's card",
    "photo_name": "what a photo's files are called, with slashes for folders; see below",
    "body_session": "session of the photos that the camera's own button took, with numbers of their own",
    "hooks": "commands that are run for each photo, as tables of the file; see [how](../how-to/hooks-and-webhooks.md)",
    "webhooks": "addresses that are told of each photo, as tables of the file; see there",
    "trash_days": "days, counted while the service runs, for which a deleted photo can be restored",
    "profiles": "named settings of the camera, as tables of the file; see below",
    "profile": "the profile that is held from the start",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _takes(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _takes(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        return ", ".join(_takes(part) for part in typing.get_args(annotation) if part is not type(None))
    if origin is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in typing.get_args(annotation))
    if origin in {tuple, dict}:
        return "list of text" if origin is tuple else "tables (JSON in the environment)"
    if isinstance(annotation, enum.EnumMeta):
        return ", ".join(f"`{member.value}`" for member in typing.cast("type[enum.Enum]", annotation))
    names: dict[Any, str] = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "true, false",
        SecretStr: "text",
        Path: "path",
    }
    return names[annotation]


def _default(name: str, field: FieldInfo) -> str:
    if name == "photo_root":
        return "`photonic` in your pictures folder"
    value = field.get_default(call_default_factory=True, validated_data={})
    match None if value == {} else value:
        case None | ():
            return "none"
        case enum.Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case PurePath():
            return f"`{value}`"
        case _:
            return f"`{value}`"


def settings() -> str:
    """Every setting with its variable, what it takes, its default and what it means."""
    return table(
        ("setting", "variable", "takes", "default", "meaning"),
        (
            (
                f"`{name}`",
                f"`{ENVIRONMENT_PREFIX}{name.upper()}`",
                _takes(field.annotation),
                _default(name, field),
                MEANINGS[name],
            )
            for name, field in ServiceSettings.model_fields.items()
        ),
    )


def _command_lines() -> Iterable[str]:
    group = typer.main.get_command(application)
    for name, command in getattr(group, "commands").items():  # noqa: B009 - the class that has it is not public
        yield f"## `photonic {name}`\n\n{(command.help or '').strip()}\n"
        rows: list[tuple[str, str, str]] = []
        for parameter in command.params:
            if parameter.name == "help":
                continue
            options = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
            shown = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
            default = "none" if shown in {None, ()} or shown is False else f"`{shown}`"
            variable = f" (`{parameter.envvar}`)" if isinstance(parameter.envvar, str) else ""
            rows.append((options, default, " ".join((parameter.help or "").split()) + variable))
        if rows:
            yield table(("option", "default", "meaning"), rows) + "\n"


def commands() -> str:
    """Every command with its options."""
    return "\n".join(_command_lines()).rstrip()


def _diagram(transitions: Mapping[Any, Mapping[Any, Any]]) -> str:
    arrows = [
        f"    {state} --> {after}: {event}" for state, events in transitions.items() for event, after in events.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(transitions))}", *arrows, "```"])


def session() -> str:
    """The session state, by socket phase and stream condition."""
    return table(
        ("stream", *(f"socket {phase}" for phase in link.LinkPhase)),
        (
            (
                condition.value,
                *(f"`{STATES[phase, condition]}`" if (phase, condition) in STATES else "-" for phase in link.LinkPhase),
            )
            for condition in StreamCondition
        ),
    )


def times() -> str:
    """The numbers of the session machine."""
    return table(
        ("name", "value"),
        ((f"`{field.name}`", f"{field.default}") for field in dataclasses.fields(SessionTimes)),
    )


FAULTS = REFERENCE / "faults.json"
"""What the last ``make faults`` measured."""


def _seconds(line: Mapping[str, Any]) -> str:
    measured = line.get("measured")
    return "not measured" if measured is None else f"{measured['from_begin']:.1f} / {measured['from_end']:.1f}"


def _rung(line: Mapping[str, Any]) -> str:
    measured = line.get("measured")
    return "" if measured is None or not measured["rung"] else str(measured["rung"])


def _told(line: Mapping[str, Any]) -> str:
    sights = "; ".join(line["sees"]) or "no change of state"
    return sights if line["captures"] is None else f"{sights}. Captures: {line['captures']}"


def faults() -> str:
    """Every fault that is played on the whole stack, with what it cost when last measured."""
    report = json.loads(FAULTS.read_text())
    on = report["measured"]
    played = [line for line in report["rows"] if "case" in line]
    rows = (
        (line["fault"], line["produced"], line["how"], _told(line), line["heals"], _rung(line), _seconds(line))
        for line in played
    )
    heading = f"Measured {on['date']}: {on['processors']} processors, load {on['load']}, CPython {on['python']}.\n\n"
    return heading + table(
        (
            "fault",
            "made by",
            "as",
            "what the user sees",
            "how it heals",
            "rung told",
            "fresh picture after [s]: its begin / its end",
        ),
        rows,
    )


def faults_elsewhere() -> str:
    """Every fault that the simulated camera cannot show, with the tests that show it."""
    lines = (line for line in json.loads(FAULTS.read_text())["rows"] if "tests" in line)
    return table(
        ("fault", "shown by", "as", "how it heals", "tests"),
        (
            (line["fault"], line["produced"], line["how"], line["heals"], ", ".join(f"`{t}`" for t in line["tests"]))
            for line in lines
        ),
    )


CAMERAS = REFERENCE / "cameras.json"
"""What the last ``make cameras`` observed."""

BODIES = {
    "canon": "simulated Canon EOS",
    "nikon": "simulated Nikon",
    "generic": "simulated plain PTP camera",
    "vusb": "libgphoto2's virtual USB camera",
    "folder": "file, folder, URL",
}


def cameras() -> str:
    """What the driver can do with each body, and which settings it finds there."""
    record = json.loads(CAMERAS.read_text())
    bodies = [record[name] for name in BODIES]
    abilities = (
        *("model", "live_view", "magnification", "focus_point", "depth_of_field", "setting_changed"),
        *("capture", "capture_to_ram", "bulb", "own_button"),
    )
    rows = [(key.replace("_to_ram", " to RAM").replace("_", " "), *(body[key] for body in bodies)) for key in abilities]
    settings = sorted({name for body in bodies for name in body["settings"]})
    rows += [(f"`{name}`", *("yes" if name in body["settings"] else "no" for body in bodies)) for name in settings]
    return table(("", *BODIES.values()), rows)


PARTS: dict[str, tuple[Path, Callable[[], str]]] = {
    "settings": (REFERENCE / "configuration.md", settings),
    "commands": (REFERENCE / "command-line.md", commands),
    "session": (REFERENCE / "session-machine.md", session),
    "socket": (REFERENCE / "session-machine.md", lambda: _diagram(link.TRANSITIONS)),
    "times": (REFERENCE / "session-machine.md", times),
    "capture": (REFERENCE / "session-machine.md", lambda: _diagram(capture.TRANSITIONS)),
    "cameras": (REFERENCE / "cameras.md", cameras),
    "faults": (REFERENCE / "faults.md", faults),
    "faults-elsewhere": (REFERENCE / "faults.md", faults_elsewhere),
}


def renewed(name: str) -> str:
    """The whole text of the part's file with the part made anew."""
    path, make = PARTS[name]
    pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    text, count = pattern.subn(lambda found: f"{found[1]}{make()}\n{found[2]}", path.read_text())
    if count != 1:
        raise SystemExit(f"{path}: there must be one part marked 'generated: {name}', not {count}")
    return text


def main() -> None:
    """Writes every part, or checks them."""
    stale = [name for name, (path, _make) in PARTS.items() if renewed(name) != path.read_text()]
    if "--check" in sys.argv[1:]:
        if stale:
            raise SystemExit(f"out of date: {', '.join(stale)}; run `make documents`")
        return
    for name in stale:
        PARTS[name][0].write_text(renewed(name))


if __name__ == "__main__":
    main()
