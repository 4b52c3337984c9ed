"""What has to hold from which moment of a recording on; no input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from tests.crash.operations import Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crash.operations import Recording


class Said(Enum):
    """What a client was told of a still."""

    SAVED = "saved"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Promise:
    """One answer.

    Args:
        said: What it says.
        capture_id: Of which still.
        hashes: The SHA-256 of each of its files.
        body: The answer's bytes as they came, by which it is found among what the service sent.
    """

    said: Said
    capture_id: str
    hashes: frozenset[str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Story:
    """What makes a run's operations matter; numbers are those of operations, -1: before the run.

    Args:
        promises: Each with the operation that sent it.
        copies_deleted: The SHA-256 of each photo whose copy on the card is deleted, with the operation that asked.
        settings_lent: The operations that send the camera a setting for one capture, and that set it back, in turn.
        foreign: The SHA-256 of each file of somebody else that was there before the run.
    """

    promises: tuple[tuple[int, Promise], ...] = ()
    copies_deleted: tuple[tuple[int, str], ...] = ()
    settings_lent: tuple[int, ...] = ()
    foreign: frozenset[str] = frozenset()


@dataclass(slots=True)
class Told:
    """What had been promised at some moment, and what was asked for and not answered yet.

    Args:
        last: The last promise of each still.
        open: The stills of which another answer came later: something may be under way.
        deleted: The stills that are deleted at some moment of the run: nobody is notified of them any more.
        only_here: The SHA-256 of the photos that the card may no longer have, in the order of their deletion.
        lends: Whether the camera has a setting that has to be set back.
        foreign: As in ``Story``.
    """

    last: dict[str, Promise] = field(default_factory=dict[str, Promise])
    open: set[str] = field(default_factory=set[str])
    deleted: set[str] = field(default_factory=set[str])
    only_here: list[str] = field(default_factory=list[str])
    lends: bool = False
    foreign: frozenset[str] = frozenset()


class PromiseNotSent(ValueError):
    """An answer that a client got is not in the recording."""


def placed(promises: Sequence[Promise], recording: Recording) -> list[tuple[int, Promise]]:
    """Each promise with the number of the operation that sent it. Raises ``PromiseNotSent``."""
    sent = [(number, each.data) for number, each in enumerate(recording.operations) if isinstance(each, Sent)]
    found: list[tuple[int, Promise]] = []
    after = -1
    for promise in promises:
        after = next((number for number, data in sent if number > after and promise.body in data), -1)
        if after < 0:
            raise PromiseNotSent(f"the service never sent {promise.body[:200]!r}")
        found.append((after, promise))
    return found


def told(story: Story, cut: int) -> Told:
    """What holds for a loss of power after ``cut`` operations."""
    result = Told(foreign=story.foreign)
    for number, promise in story.promises:
        if promise.said is Said.DELETED:
            result.deleted.add(promise.capture_id)
        if number < cut:
            result.last[promise.capture_id] = promise
        else:
            result.open.add(promise.capture_id)
    result.only_here = [sha256 for number, sha256 in story.copies_deleted if number < cut]
    result.lends = sum(number < cut for number in story.settings_lent) % 2 == 1
    return result
