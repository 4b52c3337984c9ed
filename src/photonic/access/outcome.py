"""What comes of a try to sign in or to show the PIN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.access.principal import Principal


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in or an elevation succeeded: the values of both cookies, and who it is now.

    ``device_cookie``: ``None``: the browser gets none, because it is not the operator's.
    """

    cookie: str
    device_cookie: str | None
    principal: Principal


@dataclass(frozen=True, slots=True)
class Wrong:
    """The token, code or PIN is wrong; after ``tries_left`` more wrong ones, a wait begins."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class TryLater:
    """Too many wrong tries: nothing is checked for ``seconds``."""

    seconds: float
