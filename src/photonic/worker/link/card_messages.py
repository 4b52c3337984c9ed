"""Messages about the memory card: list it, fetch from it, delete from it."""

from __future__ import annotations

import msgspec

from photonic.worker.link.message import Integer, Message


class CardObject(msgspec.Struct, frozen=True, kw_only=True):
    """One photo or film on the card.

    ``folder`` and ``name`` are the camera's path. ``taken_at``: by the camera's clock, in seconds; ``None`` if the
    camera does not report it.
    """

    folder: str
    name: str
    size_bytes: Integer | None = None
    taken_at: Integer | None = None


class ListCard(Message, frozen=True):
    """List the card; the result is ``CardListed``.

    Photos taken since the camera was opened may be missing: libgphoto2 caches each folder that it has listed.
    """

    request: int


class FetchObjects(Message, frozen=True):
    """Stage these objects of the card in ``staging``; the result is ``ObjectsFetched``.

    Each whole object is reported by a ``Staged`` without capture id, each failure by a ``Note``. A large object is
    fetched in parts: repeat the command until it is whole.
    """

    request: int
    objects: tuple[CardObject, ...]
    staging: str


class DeleteObject(Message, frozen=True):
    """Delete this object from the card; ``Failed`` with BAD_INPUT if the name now belongs to another object."""

    request: int
    object: CardObject


class CardListed(Message, frozen=True):
    """The photos and films on the card.

    ``card`` identifies the card as far as the camera can; ``None``: no card is inserted.
    """

    card: str | None
    objects: tuple[CardObject, ...] = ()


class LeftOnCard(Message, frozen=True):
    """A new object was left on the card because it is a film, or too large to fetch in one go."""

    object: CardObject


class PartFetched(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a large object has been fetched so far."""

    object: CardObject
    done_bytes: int


class ObjectsFetched(Message, frozen=True):
    """The result of ``FetchObjects``; ``unfinished``: the objects of which a part is still missing."""

    unfinished: tuple[PartFetched, ...] = ()


class Unaccounted(Message, frozen=True):
    """The camera's shot counter shows ``shots`` more photos than it has reported.

    They are on the card, and appear in its listing once the camera has been reopened.
    """

    shots: int
