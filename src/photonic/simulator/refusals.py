"""What a simulated body answers when it does not do what it is asked to."""

from __future__ import annotations


class Refused(Exception):  # the root of a body's answers, caught by its vendor's operations
    """The body does not do that now; the text says why."""


class Busy(Refused):
    """A shot is under way, or the RAM is full."""

    def __init__(self, reason: str = "the camera is busy with a shot") -> None:
        super().__init__(reason)


class Full(Refused):
    """There is no room for another photo."""

    def __init__(self) -> None:
        super().__init__("there is no room for a photo")


class NoCard(Refused):
    """Photos are to go to the card, and none is in."""

    def __init__(self) -> None:
        super().__init__("no card is in the camera")


class CardLocked(Refused):
    """The card takes and deletes nothing: its lock is shut."""

    def __init__(self) -> None:
        super().__init__("the card is locked")


class TooHot(Refused):
    """No live view before the body has cooled down."""

    def __init__(self) -> None:
        super().__init__("the camera is too hot for live view")
