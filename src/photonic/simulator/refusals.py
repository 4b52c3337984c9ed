"""The reasons why a simulated body refuses a request."""

from __future__ import annotations


class Refused(Exception):  # the root of a body's answers, caught by its vendor's operations
    """The body refuses the request for now; the message gives the reason."""


class Busy(Refused):
    """A shot is under way, or the RAM is full."""

    def __init__(self, reason: str = "the camera is busy taking a photo") -> None:
        super().__init__(reason)


class Full(Refused):
    """There is no room for another photo."""

    def __init__(self) -> None:
        super().__init__("no room for another photo")


class NoCard(Refused):
    """Photos go to the card, but none is inserted."""

    def __init__(self) -> None:
        super().__init__("no card in the camera")


class CardLocked(Refused):
    """The card's write lock is on: nothing is written or deleted."""

    def __init__(self) -> None:
        super().__init__("the card is locked")


class TooHot(Refused):
    """Live view is refused until the body has cooled down."""

    def __init__(self) -> None:
        super().__init__("the camera is too hot for live view")
