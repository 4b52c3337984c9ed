"""Writes the generated parts of docs/reference: settings, commands, session machine, faults, cameras, access, bodies.

``python scripts/documents.py`` writes; ``--check`` only says which file is out of date. A generated part is enclosed in
``<!-- generated: NAME -->`` and ``<!-- end -->``; the rest of the file is hand-written.
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
from textwrap import fill
from typing import TYPE_CHECKING, Any

import typer
from pydantic import SecretStr

from photonic import web
from photonic.access.permission import Role, role_for
from photonic.cli.application import application
from photonic.model.body_description import BodyDescription, RecordedFrom
from photonic.protocol import capture, link
from photonic.protocol.session_states import STATES, StreamCondition
from photonic.protocol.session_times import SessionTimes
from photonic.service.app import create_app
from photonic.service.config.settings import ENVIRONMENT_PREFIX, ServiceSettings
from photonic.service.http.access import route_permissions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic.fields import FieldInfo

    from photonic.serving.route_permissions import PermittedRoute

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
TEXT_WIDTH = 120

MEANINGS = {
    "host": "address to listen on; on any address other than loopback, everybody needs a right "
    "([how-to](../how-to/open-it-to-phones.md))",
    "port": "port to listen on; 0 selects a free one",
    "uds": "Unix socket to listen on instead of a port, for a proxy on the same machine; its folder must belong to the "
    "service's user or to root",
    "tls_certificate": "PEM file with the certificate, followed by the intermediate ones; a new file is used without a "
    "restart; see [TLS](../how-to/tls.md)",
    "tls_key": "PEM file with the key of `tls_certificate`, without a password",
    "tls": "`auto`: the service makes its own certificate, signed by an authority of its own that devices can install",
    "state_folder": "folder (mode 0700) for what the service must remember: tokens, sessions, links and certificates",
    "photo_root": "folder for photos; nothing is ever written outside it",
    "saved": "when a photo counts as saved: `disk`; `disk+card`: the card has a copy, too; `disk+second`: a second "
    "disk has one, too, flushed and compared; see [several copies](../how-to/several-copies.md)",
    "second_root": "folder on the second disk, for `disk+second`; it has to exist, and is used only if it is on "
    "another device than `photo_root`",
    "camera": "`auto`, `usb:SERIAL`, `usb:PORT`, `ptpip:HOST[:PORT]`, `vusb:DIR`, `v4l2:DEVICE`, `url:URL`, "
    "`file:PATH` or `pattern:` (no camera)",
    "camera_name": "the camera's name in URLs, in addition to its serial number",
    "cameras": "several named cameras, as tables in the file; see below",
    "capture_target": "where the camera stores a photo first; with `ram`, one can be lost if the camera process dies",
    "image_path": "photo paths in responses: absolute, or relative to the photo root, such as `photos/x.jpg`",
    "token": "a token for the operator, 16 to 256 characters, not easy to guess; there is no flag for it, because "
    "other users could see it",
    "token_file": "file that contains `token`, instead of the setting itself",
    "operator_pin_file": "file that contains `operator_pin`, instead of the setting itself",
    "photo_mode": "permissions of a photo's file, octal; the service's own files can be read by its user only",
    "operator_pin": "4 to 12 digits; a page that nobody signed in to has a guest's rights, for changes and for reads, "
    "until they are entered; they make a browser the operator's for ten minutes; there is no flag for it",
    "loopback_role": "what programs on this machine may do without a token: `operator`, `guest`, `viewer`, `none`; see "
    "below",
    "allow_anonymous": "what everybody may do without a right: `viewer`, `guest`, `operator`; `true`: operator, as "
    "long as there is no token; see below",
    "guest_exposure_seconds": "longest exposure of guests, in seconds",
    "streamer_addresses": "whether live view is also where programs for mjpg-streamer and uStreamer look for it: "
    "`/?action=stream`, `/?action=snapshot`, `/stream`, `/stream.mjpg`, `/snapshot`, `/snapshot.jpg`",
    "guest_frames": "most photos in one sequence of a guest",
    "guest_wait_seconds": "longest wait before a guest's sequence and between two of its photos, in seconds",
    "guest_captures_a_minute": "most photos of each guest in a minute (all browsers that signed in with the same token "
    "are one guest), those of sequences included; a longer sequence "
    "may be the only one of its minute",
    "allowed_hosts": "additional host names of the service (comma-separated in the environment); see below",
    "allowed_origins": "other origins (`http://host:port`) whose pages may use the service from a browser; see below",
    "trusted_proxies": "addresses and networks of reverse proxies whose `Forwarded` and `X-Forwarded-*` headers count; "
    "`unix`: every program that connects to the Unix socket; see below",
    "root_path": "path prefix under which a reverse proxy serves the service, such as `/booth1`; see below",
    "max_connections": "open connections in all, at most as many as the system allows; up to 32 of them are "
    "reserved for operators and this machine",
    "max_connections_per_address": "open connections from one address; does not apply to this machine",
    "max_viewers": "viewers of live view in all; up to 8 of them are reserved for operators and this machine",
    "log_format": "one line per event, for people or for machines; `--json` on the command line",
    "log_level": "lowest level of messages that are logged",
    "queue_length": "number of captures that may wait; further ones are refused with 429",
    "preview_grace_seconds": "how long live view continues after the last viewer has left",
    "min_free_mb": "with less free space on the disk, captures are refused before the shutter fires",
    "low_space_mb": "with less free space on the disk, the status and each photo have a warning, and guests are "
    "refused",
    "retry_without_autofocus": "expose even if the lens cannot focus, unless the request says otherwise",
    "delete_after_download": "delete the copy on the card once the photo is saved and recorded",
    "fetch_films": "also download films, while the camera is idle; otherwise they stay on the card",
    "photo_name": "file name template, with slashes for folders; see below",
    "body_session": "session of photos from the camera's own button, with its own numbering",
    "hooks": "commands that run for each photo, as tables in the file; see [hooks](../how-to/hooks-and-webhooks.md)",
    "webhooks": "URLs that are called for each photo, as tables in the file; see "
    "[webhooks](../how-to/hooks-and-webhooks.md#webhooks-call-a-url)",
    "trash_days": "days, counted while the service runs, during which a deleted photo can be restored",
    "verify_rate_mb": "megabytes that are read in a second, while nothing else happens, to check that each photo "
    "is still what the camera sent; 0: only on request ([how-to](../how-to/verify-and-repair.md))",
    "index_copies": "number of copies of the photo index that are kept, one of each day; 0: none",
    "profiles": "named sets of camera settings, as tables in the file; see below",
    "profile": "the profile that is active when the service starts",
}


DEFAULT_FOLDERS = {
    "photo_root": "`photonic` in your pictures folder",
    "state_folder": "`photonic` in your state folder (`~/.local/state`)",
}
"""Defaults that depend on the user."""


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
        return "list of strings" if origin is tuple else "tables (JSON in the environment)"
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
    if name in DEFAULT_FOLDERS:
        return DEFAULT_FOLDERS[name]
    value = field.get_default(call_default_factory=True, validated_data={})
    match None if value == {} else value:
        case None | () | "":
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
    """Every setting with its variable, values, default and meaning."""
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


def _command_lines(group: Any, path: str, level: int) -> Iterable[str]:
    for name, command in group.commands.items():
        paragraphs = (command.help or "").split("\n\n")
        text = "\n\n".join(fill(each, TEXT_WIDTH, break_on_hyphens=False) for each in paragraphs)
        yield f"{'#' * level} `{path} {name}`\n\n{text}\n"
        if hasattr(command, "commands"):
            yield from _command_lines(command, f"{path} {name}", level + 1)
            continue
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
    """Every command with its options; those of a group below it."""
    return "\n".join(_command_lines(typer.main.get_command(application), "photonic", 2)).rstrip()


def _diagram(transitions: Mapping[Any, Mapping[Any, Any]]) -> str:
    arrows = [
        f"    {state} --> {after}: {event}" for state, events in transitions.items() for event, after in events.items()
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(transitions))}", *arrows, "```"])


def session() -> str:
    """The state of a viewer, by the state of the socket and of the service."""
    return table(
        ("state of the service", *(f"socket {phase}" for phase in link.LinkPhase)),
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
"""The results of the last ``make faults``."""


def _seconds(line: Mapping[str, Any]) -> str:
    measured = line.get("measured")
    return "not measured" if measured is None else f"{measured['from_begin']:.1f} / {measured['from_end']:.1f}"


def _rung(line: Mapping[str, Any]) -> str:
    measured = line.get("measured")
    return "" if measured is None or not measured["rung"] else str(measured["rung"])


def _seen(line: Mapping[str, Any]) -> str:
    states = "; ".join(line["sees"]) or "no change of state"
    return states if line["captures"] is None else f"{states}. Captures: {line['captures']}"


def faults() -> str:
    """Every fault that is played on the whole stack, with its last measured recovery time."""
    report = json.loads(FAULTS.read_text())
    on = report["measured"]
    played = [line for line in report["rows"] if "case" in line]
    rows = (
        (line["fault"], line["produced"], line["how"], _seen(line), line["heals"], _rung(line), _seconds(line))
        for line in played
    )
    heading = f"Measured {on['date']}: {on['processors']} processors, load {on['load']}, CPython {on['python']}.\n\n"
    return heading + table(
        (
            "fault",
            "source",
            "form",
            "what the user sees",
            "recovery",
            "rung",
            "fresh frame after [s]: start / end of the fault",
        ),
        rows,
    )


def faults_elsewhere() -> str:
    """Every fault that the simulated camera cannot produce, with the tests that cover it."""
    lines = (line for line in json.loads(FAULTS.read_text())["rows"] if "tests" in line)
    return table(
        ("fault", "source", "form", "recovery", "tests"),
        (
            (line["fault"], line["produced"], line["how"], line["heals"], ", ".join(f"`{t}`" for t in line["tests"]))
            for line in lines
        ),
    )


CAMERAS = REFERENCE / "cameras.json"
"""The results of the last ``make cameras``."""

BODIES = {
    "canon": "simulated Canon EOS",
    "nikon": "simulated Nikon",
    "generic": "simulated plain PTP camera",
    "canon-usb": "simulated Canon EOS",
    "nikon-usb": "simulated Nikon",
    "generic-usb": "simulated plain PTP camera",
    "vusb": "libgphoto2's virtual USB camera",
    "folder": "file, folder, URL",
}


def cameras() -> str:
    """What the driver can do with each body, and the settings that it has."""
    record = json.loads(CAMERAS.read_text())
    bodies = [record[name] for name in BODIES]
    abilities = (
        *("transport", "model", "live_view", "magnification", "focus_point", "depth_of_field", "setting_changed"),
        *("capture", "capture_to_ram", "bulb", "own_button"),
    )
    rows = [(key.replace("_to_ram", " to RAM").replace("_", " "), *(body[key] for body in bodies)) for key in abilities]
    settings = sorted({name for body in bodies for name in body["settings"]})
    rows += [(f"`{name}`", *("yes" if name in body["settings"] else "no" for body in bodies)) for name in settings]
    return table(("", *BODIES.values()), rows)


BODY_FILES = ROOT / "bodies"
SCHEMA = BODY_FILES / "schema.json"
SOURCES = {
    RecordedFrom.OWNER: "recorded by an owner",
    RecordedFrom.SIMULATED: "simulated",
    RecordedFrom.VIRTUAL: "libgphoto2's virtual camera",
}


def descriptions() -> dict[str, BodyDescription]:
    """The recorded bodies by the names of their files."""
    paths = sorted(path for path in BODY_FILES.glob("*.json") if path != SCHEMA)
    return {path.name: BodyDescription.model_validate_json(path.read_bytes()) for path in paths}


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.0f} ms"


def bodies() -> str:
    """A row for each recorded body."""
    rows: list[tuple[str, ...]] = []
    for name, body in descriptions().items():
        info, times = body.device_info, body.times
        counts = ("", "", "") if info is None else map(str, map(len, (info.operations, info.events, info.properties)))
        model = body.abilities.model if info is None else f"{info.manufacturer} {info.model}, {info.version}"
        seconds = (times.open_seconds, times.preview_seconds, times.capture_seconds)
        where = f"[{SOURCES[body.recorded_from]}](../../bodies/{name})"
        rows.append((model, where, body.connection, *counts, str(len(body.settings)), *map(_milliseconds, seconds)))
    head = ("body", "source", "over", "operations", "events", "properties", "settings", "open", "preview", "capture")
    return table(head, rows)


def body_schema() -> str:
    """The JSON schema of the files in ``bodies/``."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **BodyDescription.model_json_schema()}
    return json.dumps(schema, indent=2) + "\n"


ONE_CAMERA, NAMED_CAMERA = "/api/v1/camera", "/api/v1/cameras/{camera_id}"


def _routes() -> list[PermittedRoute]:
    """The routes of the service; those of a camera only once."""
    app = create_app(ServiceSettings(), (), Path(web.__file__).parent)
    table = route_permissions(app, app.state.app_context).table
    once = {(route.path, route.methods, route.declared) for route in table}
    return [
        route
        for route in table
        if (route.path.replace(NAMED_CAMERA, ONE_CAMERA), route.methods, route.declared) not in once
        or not route.path.startswith(NAMED_CAMERA)
    ]


def access() -> str:
    """Every route, and who may use it."""
    rows: list[tuple[str, ...]] = []
    for route in _routes():
        methods = "WebSocket" if route.websocket else ", ".join(sorted((route.methods or {"GET"}) - {"HEAD"}))
        least = role_for(route.declared.permission)
        may = ("yes" if least is None or (role is not None and role.allows(least)) else "" for role in (None, *Role))
        links = ", ".join(f"`{kind}:`" for kind in route.declared.links)
        folder = "/..." if route.methods is None and not route.websocket else ""
        rows.append((methods, f"`{route.path}{folder}`", *may, links))
    return table(("request", "address", "stranger", *(role.value for role in Role), "signed link"), rows)


PARTS: dict[str, tuple[Path, Callable[[], str]]] = {
    "settings": (REFERENCE / "configuration.md", settings),
    "commands": (REFERENCE / "command-line.md", commands),
    "session": (REFERENCE / "session-machine.md", session),
    "socket": (REFERENCE / "session-machine.md", lambda: _diagram(link.TRANSITIONS)),
    "times": (REFERENCE / "session-machine.md", times),
    "capture": (REFERENCE / "session-machine.md", lambda: _diagram(capture.TRANSITIONS)),
    "cameras": (REFERENCE / "cameras.md", cameras),
    "faults": (REFERENCE / "faults.md", faults),
    "access": (REFERENCE / "access.md", access),
    "bodies": (REFERENCE / "bodies.md", bodies),
    "body-schema": (SCHEMA, body_schema),
    "faults-elsewhere": (REFERENCE / "faults.md", faults_elsewhere),
}


def renewed(name: str) -> str:
    """The text of the part's file with the part regenerated; a file of JSON is the part."""
    path, make = PARTS[name]
    if path.suffix == ".json":
        return make()
    pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    text, count = pattern.subn(lambda found: f"{found[1]}{make()}\n{found[2]}", path.read_text())
    if count != 1:
        raise SystemExit(f"{path}: there must be one part marked 'generated: {name}', not {count}")
    return text


def main() -> None:
    """Writes every part, or checks them."""
    stale = [name for name, (path, _make) in PARTS.items() if not path.exists() or renewed(name) != path.read_text()]
    if "--check" in sys.argv[1:]:
        if stale:
            raise SystemExit(f"out of date: {', '.join(stale)}; run `make documents`")
        return
    for name in stale:
        PARTS[name][0].write_text(renewed(name))


if __name__ == "__main__":
    main()
