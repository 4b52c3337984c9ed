"""Faults from a TOML file: ``[[fault]]`` tables, and a ``[mix]`` that draws more of them at random.

A ``[[fault]]`` has the fields of ``fault_syntax``. A ``[mix]`` has ``every`` and ``seconds`` (each ``[least, most]``),
a ``seed`` (default 0), and ``[[mix.fault]]`` tables: ``name``, ``weight``, ``seconds`` and ``amount`` (each
``[least, most]``), and ``times``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from photonic.errors import BadInput
from photonic.simulator.fault_kinds import KINDS
from photonic.simulator.fault_syntax import (
    SHORTEST_EVERY_SECONDS,
    checked,
    read_fault,
    read_name,
    refuse_unknown,
    refuse_unsupported,
    whole,
)
from photonic.simulator.mix import Ingredient, Mix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from photonic.simulator.faults import Fault
    from photonic.simulator.mix import Span

T = TypeVar("T")

LARGEST_BYTES = 1_000_000
SHORTEST_SECONDS = 0.001


class FaultTarget(Protocol):
    """A camera that accepts faults."""

    def arm(self, fault: Fault) -> None:
        """Begin a fault now, or at its start condition."""
        ...

    def follow(self, faults: Iterator[Fault]) -> None:
        """Begin the faults of a stream one after another, each at its time."""
        ...


@dataclass(frozen=True, slots=True)
class Script:
    """The faults of a file; ``mix`` ``None``: no random faults."""

    faults: tuple[Fault, ...] = ()
    mix: Mix | None = None

    def load(self, camera: FaultTarget, elapsed_seconds: float) -> None:
        """Arm the script on a camera that started ``elapsed_seconds`` ago; a mix begins now."""
        for fault in self.faults:
            camera.arm(fault)
        if self.mix is not None:
            camera.follow(self.mix.draw(Random(self.mix.seed), elapsed_seconds))


def read_script_file(path: Path) -> Script:
    """Read a script from a file. Raises ``BadInput`` naming the file, the table and the field."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadInput(f"{path}: larger than {LARGEST_BYTES} bytes", field="faults")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})", field="faults") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start})", field="faults") from error
    return read_script(text, str(path))


def read_script(text: str, name: str) -> Script:
    """Parse a script; ``name`` is its source in error messages. Raises ``BadInput``."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: not valid TOML: {error}", field="faults") from error
    with _Place(name):
        refuse_unknown(document, ("fault", "mix"))
    faults = tuple(_each(document, "fault", name, "fault", read_fault))
    return Script(faults, _mix(document["mix"], name) if "mix" in document else None)


class _Place:
    """Prefixes a ``BadInput`` raised inside it with its place in the file."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BadInput):
            raise BadInput(f"{self._place}: {error.reason}", field=error.field) from error


def _each(
    table: Mapping[str, object], key: str, name: str, title: str, read: Callable[[Mapping[str, object]], T]
) -> list[T]:
    entries = table.get(key, [])
    if not isinstance(entries, list):
        raise BadInput(f"{name}: {title}: must be an array of tables; write [[{title}]]", field=key)
    found: list[T] = []
    for index, entry in enumerate(cast("list[object]", entries), 1):
        with _Place(f"{name}: {title} {index}"):
            if not isinstance(entry, dict):
                raise BadInput("must be a table", field=key)
            found.append(read(cast("dict[str, object]", entry)))
    return found


def _mix(value: object, name: str) -> Mix:
    with _Place(f"{name}: mix"):
        if not isinstance(value, dict):
            raise BadInput("must be a table; write [mix]", field="mix")
        table = cast("dict[str, object]", value)
        refuse_unknown(table, ("seed", "every", "seconds", "fault"))
        every = _span(table, "every", least=SHORTEST_EVERY_SECONDS)
        seconds = _span(table, "seconds", least=SHORTEST_SECONDS)
        if every is None or seconds is None:
            missing = "every" if every is None else "seconds"
            raise BadInput(f"{missing}: missing; give [least, most] in seconds", field=missing)
        seed = table.get("seed", 0)
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise BadInput(f"seed: must be a whole number, not {seed!r}", field="seed")
    ingredients = _each(table, "fault", name, "mix.fault", _ingredient)
    if not ingredients:
        raise BadInput(f"{name}: mix: fault: missing; add a [[mix.fault]] for each fault to draw", field="fault")
    return Mix(tuple(ingredients), every, seconds, seed)


def _ingredient(table: Mapping[str, object]) -> Ingredient:
    refuse_unknown(table, ("name", "weight", "seconds", "amount", "times"))
    name = read_name(table)
    refuse_unsupported(name, table)
    return Ingredient(
        name,
        checked("weight", table.get("weight", 1.0), above=0),
        _span(table, "seconds", least=SHORTEST_SECONDS),
        _span(table, "amount", most=KINDS[name].most),
        whole(table, "times"),
    )


def _span(table: Mapping[str, object], key: str, *, least: float = 0, most: float = 1e9) -> Span | None:
    if key not in table:
        return None
    value = table[key]
    if not isinstance(value, list) or len(cast("list[object]", value)) != 2:
        raise BadInput(f"{key}: must be [least, most], not {value!r}", field=key)
    low, high = (checked(key, bound, least=least, most=most) for bound in cast("list[object]", value))
    if low > high:
        raise BadInput(f"{key}: {low:g} is greater than {high:g}", field=key)
    return low, high
