"""What a camera process and its parent say about the camera's card: listed, fetched from, deleted from."""

from __future__ import annotations

import msgspec

from photonic.worker.link.message import Integer, Message


class CardObject(msgspec.Struct, frozen=True, kw_only=True):
    """One photo on the card: the camera's path, its size, and its time by the camera's clock (seconds; ``None``: not
    told)."""

    folder: str
    name: str
    size_bytes: Integer | None = None
    taken_at: Integer | None = None


class ListCard(Message, frozen=True):
    """Say what lies on the card: ``CardListed`` comes before ``Done``. Photos that came after the camera was opened may
    be missing: libgphoto2 remembers a folder that it has listed."""

    request: int


class FetchObjects(Message, frozen=True):
    """Stage these objects of the card in ``staging``: a ``Staged`` without capture id for each, or a ``Note``.

    Of a large object only a part is fetched: ``PartFetched`` says how far it is, and the same command goes on.
    """

    request: int
    objects: tuple[CardObject, ...]
    staging: str


class DeleteObject(Message, frozen=True):
    """Delete this object from the card; refused with BAD_INPUT when another one lies there by that name."""

    request: int
    object: CardObject


class CardListed(Message, frozen=True):
    """What lies on the card. ``card`` tells cards apart as far as the camera does; ``None``: there is no card.

    Folders and things that are neither photos nor films are left out.
    """

    card: str | None
    objects: tuple[CardObject, ...] = ()


class LeftOnCard(Message, frozen=True):
    """An object has come that is too large to be fetched at once, or a film: it lies on the card."""

    object: CardObject


class PartFetched(Message, frozen=True):
    """So much of a large object has been fetched, from one ``FetchObjects`` to the next."""

    object: CardObject
    done_bytes: int


class Unaccounted(Message, frozen=True):
    """By the camera's count of shots it took ``shots`` more than it has told of: they are on the card, and a listing
    after the camera was opened anew shows them."""

    shots: int
