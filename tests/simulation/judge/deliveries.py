"""Invariant 11: every photo is told to every target, at least once, in order, and no more often than it must be.

A photo that was deleted before its turn is skipped; what was given a last word ("gone") is not told again; a command
is not run again when it failed. All else may be repeated only where the service cannot know: it ended, or the disk
failed, between the answer and the record of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tests.simulation.command import SimulatedCommand
    from tests.simulation.receiver import Message


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that targets were told in one history.

    Args:
        files: How many files each photo has that must have been told of, by the id of its capture.
        messages: What each webhook was sent, in order.
        commands: The hooks that were started, in order.
        hooks: How many hooks are configured.
        urls: The webhooks that are configured.
        lives: When each life of the service began, in simulated seconds.
        failures: When the disk failed.
    """

    files: Mapping[str, int]
    messages: Sequence[Message]
    commands: Sequence[SimulatedCommand]
    hooks: int
    urls: Collection[str]
    lives: Sequence[float]
    failures: Sequence[float] = field(default=())

    def may_repeat(self, since: float, at: float) -> bool:
        """Whether the service ended, or the disk failed, between two moments."""
        return any(bisect_right(moments, since) != bisect_right(moments, at) for moments in (self.lives, self.failures))


def check(told: Told) -> Iterator[Finding]:
    """Every finding about notifications."""
    for url in told.urls:
        messages = [one for one in told.messages if one.url == url]
        yield from _messages(messages)
        # Each camera has an outbox of its own.
        for camera in sorted({one.body["data"]["camera_id"] for one in messages}):
            yield from _in_order(told, [one for one in messages if one.body["data"]["camera_id"] == camera])
        yield from _not_again(told, messages)
        yield from _all_photos(told, url, messages)
    if told.hooks:
        yield from _commands(told)


def _messages(messages: Sequence[Message]) -> Iterator[Finding]:
    """Each message is signed, and says the same at each try."""
    first: dict[str, Message] = {}
    for message in messages:
        if not message.signed:
            yield Finding(11, "a message is signed", str(message))
        one = first.setdefault(message.id, message)
        if _subject(one) != _subject(message):
            yield Finding(11, "an id has one message", f"{one} is of {_subject(one)}, {message} of {_subject(message)}")


def _subject(message: Message) -> tuple[str, str, str]:
    data = message.body["data"]
    return message.body["type"], data["id"], data["new_photo_ids"][0]


def _in_order(told: Told, messages: Sequence[Message]) -> Iterator[Finding]:
    """A message that waits holds up the later ones; after these, it does not come again in the same life."""
    passed: dict[str, float] = {}
    before: Message | None = None
    for message in messages:
        if before is not None and before.id != message.id:
            passed[before.id] = before.at
            if message.id in passed and not told.may_repeat(passed[message.id], message.at):
                yield Finding(11, "messages come in order", f"{message} after {before}")
            waits = not before.final and before.body["data"]["id"] in told.files
            if waits and not told.may_repeat(before.at, message.at):
                yield Finding(11, "a message waits for the one before it", f"{message} after {before}")
        before = message


def _not_again(told: Told, messages: Sequence[Message]) -> Iterator[Finding]:
    """After the last word nothing is said again."""
    ended: dict[str, Message] = {}
    for message in messages:
        last = ended.get(message.id)
        if last is not None and not told.may_repeat(last.at, message.at):
            yield Finding(11, "nothing is told again after it was taken", f"{message}, after {last}")
        if message.final:
            ended[message.id] = message


def _all_photos(told: Told, url: str, messages: Sequence[Message]) -> Iterator[Finding]:
    """Each photo was told, or refused for good."""
    heard: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        if message.final:
            data = message.body["data"]
            heard[data["id"]].update(data["new_photo_ids"])
    for capture_id, files in told.files.items():
        if len(heard[capture_id]) < files:
            text = f"{url} was told of {len(heard[capture_id])} of the {files} files of capture {capture_id[:8]}"
            yield Finding(11, "each photo is told to each webhook", text)


def _commands(told: Told) -> Iterator[Finding]:
    """Each photo's command was run; and not again, unless the service could not see its end."""
    runs: dict[str, int] = defaultdict(int)
    ended: dict[tuple[str, ...], float] = {}
    for command in told.commands:
        capture_id = command.environment["PHOTONIC_CAPTURE_ID"]
        runs[capture_id] += 1
        key = (command.arguments[0], capture_id, command.environment["PHOTONIC_PHOTO_ID"])
        if key in ended and not told.may_repeat(ended[key], command.began_at):
            text = f"for capture {capture_id[:8]} at {ended[key]:.2f} s and at {command.began_at:.2f} s"
            yield Finding(11, "a command that has ended is not run again", text)
        if command.ended_at is not None:
            ended[key] = command.ended_at
    for capture_id in told.files:
        if runs[capture_id] < told.hooks:
            text = f"{runs[capture_id]} of {told.hooks} for capture {capture_id[:8]}"
            yield Finding(11, "each photo's command is run", text)
