"""What the users of one history saw: what they asked for, and everything that they were answered.

It lives as long as the history: the service dies, its users remember.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise.

    Args:
        invariant: Its number, 1 to 9.
        rule: The promise in a few words, always the same: two findings with one rule are alike.
        text: What happened, with times and names.
    """

    invariant: int
    rule: str
    text: str

    def __str__(self) -> str:
        """For people."""
        return f"invariant {self.invariant}, {self.rule}: {self.text}"


class Broken(Exception):
    """A promise was broken while the history ran: it ends here."""

    def __init__(self, invariant: int, rule: str, text: str) -> None:
        self.finding = Finding(invariant, rule, text)
        super().__init__(str(self.finding))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a request for a photo.

    Args:
        at: Simulated seconds.
        life: Which run of the service gave it.
        saved: Whether the photo was said to be saved.
        capture_id: ``None``: the request was refused.
        kind: Why it failed; ``None``: it was saved.
        reason: The same for people.
        paths: The files of the photo, below the photo root.
        warning: Of the record.
        second: Whether it was said to be on the second disk, too.
    """

    at: float
    life: int
    saved: bool
    capture_id: str | None
    kind: str | None = None
    reason: str | None = None
    paths: tuple[str, ...] = ()
    warning: str | None = None
    second: bool = False

    @property
    def unrecorded(self) -> bool:
        """Whether it says that the disk did not take it: a service that dies then does not know it any more."""
        return not self.saved and "photo index" in (self.warning or "")

    def __str__(self) -> str:
        """For people and the trace."""
        what = f"saved as {', '.join(self.paths)}" if self.saved else f"{self.kind}: {self.reason}"
        return f"capture {self.capture_id}: {what}"


@dataclass(slots=True)
class Request:
    """One photo that somebody wants; it is asked for again after each death of the service.

    Args:
        key: The idempotency key.
        camera: The number of the camera.
        session: Of the photo.
        number: Of the photo in its session.
        asked_at: When it was asked for, each time.
        answers: Every answer to it, in order.
    """

    key: str
    camera: int
    session: str
    number: int
    asked_at: list[float] = field(default_factory=list[float])
    answers: list[Answer] = field(default_factory=list[Answer])

    @property
    def final(self) -> Answer | None:
        """The first answer that must not change any more; ``None``: there is none yet."""
        return next(iter(self.finals), None)

    @property
    def finals(self) -> list[Answer]:
        """The answers that must not differ.

        A service that stops answers what it does not know the end of; its next start finds that out. So the first
        answer of a stopping service is not final, and a second one is.
        """
        found: list[Answer] = []
        stopped = False
        for answer in self.answers:
            if answer.capture_id is None:
                continue
            if stopped or answer.kind != STOPPING:
                found.append(answer)
            stopped = True
        return found


STOPPING = "shutting_down"


@dataclass(slots=True)
class Deletion:
    """A photo that somebody deleted or restored.

    Args:
        camera: The number of the camera.
        capture_id: Of the photo.
        deleted: What was answered last; ``None``: the service died before it answered.
        wanted: What was asked for last.
    """

    camera: int
    capture_id: str
    deleted: bool | None = False
    wanted: bool = False


@dataclass(slots=True)
class SequenceAsked:
    """A sequence that somebody started; ``sequence_id``: ``None`` until it was accepted."""

    key: str
    camera: int
    session: str
    frames: int
    body: dict[str, object] = field(default_factory=dict[str, object])
    sequence_id: str | None = None
    ended: bool = False


@dataclass(slots=True)
class Evidence:
    """Everything that the users of one history know."""

    requests: dict[str, Request] = field(default_factory=dict[str, Request])
    deletions: dict[str, Deletion] = field(default_factory=dict[str, Deletion])
    sequences: dict[str, SequenceAsked] = field(default_factory=dict[str, SequenceAsked])
    asked: int = 0
    """How many photos were asked for, by whatever means."""
