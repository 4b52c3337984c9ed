"""The flushes of a recording by what they flush, and recordings from which one kind of them was taken out.

A test that never fails proves nothing: without a flush that a promise needs, some state has to break this promise.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.crash.operations import ROOT, Flushed, NamesChanged

if TYPE_CHECKING:
    from tests.crash.operations import Recording

_ID = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"\d{6,}")
_STAGED_FILE = re.compile(r"(\.staging/(?:ID/)?)[^/]+\..+")


def kinds(recording: Recording) -> dict[int, str]:
    """What each flush flushes, by the number of the operation: a path; ``ID``, ``N``, ``*`` stand for what changes."""
    places: dict[int, tuple[int, str]] = {}
    found: dict[int, str] = {}
    for number, operation in enumerate(recording.operations):
        if isinstance(operation, NamesChanged):
            for folder, name, node in operation.entries:
                if node is not None:
                    places.setdefault(node, (folder, name))
        elif isinstance(operation, Flushed) and number >= recording.start:
            path = _path(places, operation.node)
            if operation.node in recording.folders:
                path += "/"
            found[number] = _NUMBER.sub("N", _STAGED_FILE.sub(r"\1*", _ID.sub("ID", path)))
    return found


def counts(recording: Recording) -> Counter[str]:
    """How often each kind is flushed."""
    return Counter(kinds(recording).values())


def moments(recording: Recording, kind: str) -> list[int]:
    """The operations that are flushes of this kind."""
    return [number for number, each in kinds(recording).items() if each == kind]


def without(recording: Recording, kind: str) -> Recording:
    """The same run, if the service did not flush this."""
    known = kinds(recording)
    # Another flush of the file system does not stand in for one that covers nothing: numbers have to stay.
    operations = tuple(
        replace(operation, before=0) if isinstance(operation, Flushed) and known.get(number) == kind else operation
        for number, operation in enumerate(recording.operations)
    )
    return replace(recording, operations=operations)


def _path(places: dict[int, tuple[int, str]], node: int) -> str:
    parts: list[str] = []
    while node != ROOT and node in places:
        node, name = places[node]
        parts.append(name)
    return "/".join(reversed(parts))
