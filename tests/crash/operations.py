"""What a run did to one tree of files, and what it said to others, in order; values only.

Files and folders are nodes with a number; the root of the tree is node 0. A name is an entry of a folder, so that a
file with two names (hard links) is one node.
"""

from __future__ import annotations

from dataclasses import dataclass

ROOT = 0


@dataclass(frozen=True, slots=True)
class NamesChanged:
    """Entries of folders, changed in one step: (folder, name, node); node ``None``: the name is gone."""

    entries: tuple[tuple[int, str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes of a file."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """A file was cut off, or made longer with zeros."""

    node: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """An fsync or fdatasync returned; it covers the operations with numbers lower than ``before``."""

    node: int
    before: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes went to a socket or a pipe: from here on somebody may rely on what they say."""

    data: bytes


Operation = NamesChanged | Written | Resized | Flushed | Sent


@dataclass(frozen=True, slots=True)
class Recording:
    """One run.

    Args:
        operations: In the order in which they were done.
        folders: The nodes that are folders; all others are files.
        start: So many operations only make what was on the disk when the run began; all of it had been flushed.
    """

    operations: tuple[Operation, ...]
    folders: frozenset[int]
    start: int = 0
