"""Plans what to fetch from a card by comparing its objects with what is known. Pure.

The first scan of a card records its contents as the card's baseline and fetches nothing, apart from the photos of
failed captures and the missing files of recorded stills. The same applies to a different card with the same name; a
card is considered different if none of the objects known to be on it are there, apart from those that the service
deletes. See decision 0011.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.camera_file import TWIN_SECONDS, plain
from photonic.model.film import is_film
from photonic.service.ingest.expected_photo import TOLERANCE_SECONDS, fits, owners
from photonic.service.photo.identity import ZONE_SPAN_SECONDS, ByName, Likeness, PhotoIdentity, likeness, twins
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.service.journal.card_rows import CardMemory, ExpectedPhoto

MOST_RESCUED = 20
"""How many stills a first scan fetches for one capture, if the camera's clock does not tell which is its photo."""


@dataclass(frozen=True, slots=True)
class StillOnCard:
    """The files of one still to fetch; ``capture_id``: the failed capture that took it, according to its time."""

    objects: tuple[CardObject, ...]
    capture_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What to do about a card.

    Args:
        baseline: On a first scan, the objects to record as the baseline; ``None``: the card is known.
        wanted: The stills to fetch.
        films_left: How many new films stay on the card because films are not fetched.
    """

    baseline: tuple[CardObject, ...] | None
    wanted: tuple[StillOnCard, ...]
    films_left: int = 0


def plan(serial: str, objects: Sequence[CardObject], memory: CardMemory, *, films: bool = False) -> ImportPlan:
    """Return what to fetch from a card and what to record about it.

    Args:
        serial: The camera's serial number.
        objects: What is on the card.
        memory: What is known about this card and this camera.
        films: Whether to fetch films too.
    """
    seen = [(found, identity_of(serial, found)) for found in objects]
    first = memory.card_scan is None or _is_another_card([identity for _found, identity in seen], memory)
    known = ByName(memory.baseline)
    indexed = ByName(photo.identity for photo in memory.photos)
    new: list[tuple[CardObject, PhotoIdentity]] = []
    doubtful: set[int] = set()
    new_films: list[CardObject] = []
    for found, identity in seen:
        like = indexed.likeness(identity)
        # If in doubt, an object counts as part of the baseline, but not as imported: its content is compared once it
        # is fetched.
        if like is Likeness.SAME or (not first and known.likeness(identity) is not Likeness.OTHER):
            continue
        if is_film(found.name):
            # A capture never records a film, so a first scan has none to rescue.
            new_films += [] if first else [found]
            continue
        if like is Likeness.DOUBTFUL:
            doubtful.add(id(found))
        new.append((found, identity))
    stills = _stills(new)
    if first:
        rescued = _rescued(stills, memory) | _torn(stills, serial, objects, memory)
        stills = [still for still in stills if id(still) in rescued]
    alone = [
        still
        for still in stills
        if not any(id(found) in doubtful or indexed.has_twin(identity_of(serial, found)) for found in still)
    ]
    takers = dict(
        zip(map(id, alone), owners([still[0].taken_at for still in alone], memory.expected, memory.ahead), strict=True)
    )
    wanted = tuple(StillOnCard(still, takers.get(id(still))) for still in stills)
    # Photos first: a film takes minutes.
    wanted += tuple(StillOnCard((found,)) for found in new_films) if films else ()
    fetched = {id(found) for still in stills for found in still}
    baseline = tuple(found for found in objects if id(found) not in fetched) if first else None
    return ImportPlan(baseline, wanted, 0 if films else len(new_films))


def identity_of(serial: str, found: CardObject) -> PhotoIdentity:
    """Return the identity of an object on the card of the camera ``serial``."""
    return PhotoIdentity(serial, found.folder, found.name, found.size_bytes, found.taken_at)


def object_of(identity: PhotoIdentity) -> CardObject | None:
    """Return the object on the card that has this identity; ``None``: there is none, or it is unknown."""
    if identity.folder is None:
        return None
    return CardObject(
        folder=identity.folder, name=identity.name, size_bytes=identity.size_bytes, taken_at=identity.taken_at
    )


def _is_another_card(seen: Sequence[PhotoIdentity], memory: CardMemory) -> bool:
    """Whether some objects must be on the card, and nothing that is known to have been on it is there.

    A photo that the service has deleted, or is deleting, does not have to be there, whether or not a first scan found
    it: the deletion may be done and not on record yet, or it is on record and the copy is still there.
    """
    held = [photo for photo in memory.photos if photo.card_scan == memory.card_scan]
    here = [*memory.latest, *(photo.identity for photo in held if not photo.removed)]
    gone = ByName([*(photo.identity for photo in memory.photos if photo.removed), *memory.leaving])
    known = ByName([*memory.latest, *(photo.identity for photo in held), *memory.leaving])
    must_stay = any(gone.likeness(identity) is Likeness.OTHER for identity in here)
    return must_stay and all(known.likeness(identity) is Likeness.OTHER for identity in seen)


def _stills(new: Sequence[tuple[CardObject, PhotoIdentity]]) -> list[tuple[CardObject, ...]]:
    """Group files, including copies on another card, into stills, in the order in which these were taken."""
    groups: dict[str, list[list[tuple[CardObject, PhotoIdentity]]]] = {}
    for item in sorted(new, key=lambda item: (item[1].taken_at or 0, item[1].name)):
        near = groups.setdefault(item[1].stem, [])
        for group in near:
            if all(twins(item[1], other) or likeness(item[1], other) is Likeness.SAME for _found, other in group):
                group.append(item)
                break
        else:
            near.append([item])
    stills = [tuple(found for found, _identity in group) for near in groups.values() for group in near]
    return sorted(stills, key=lambda still: (still[0].taken_at or 0, plain(still[0].name)))


def _rescued(stills: Sequence[tuple[CardObject, ...]], memory: CardMemory) -> set[int]:
    """Return the ``id`` of each still that a first scan fetches since a failed capture may have taken it.

    A capture can fail before the first scan of its card: its photo must not become part of the baseline. A capture that
    was given a photo may have been given somebody else's, which fitted, too, and came first. What may be another
    capture's photo, since that one was given a third, may be this one's, too.
    """
    rescued = {id(still) for still in stills for one in memory.resolved if _may_be(still, one, memory)}
    for one in memory.expected:
        fitting = [still for still in stills if fits(still[0].taken_at, one, memory.ahead)]
        # If none fits, the camera's clock may have been set since.
        rescued |= set(map(id, fitting or _possible(stills, one, memory)))
        rescued |= {id(still) for still in stills if _may_be(still, one, memory)}
    return rescued


def _may_be(still: tuple[CardObject, ...], one: ExpectedPhoto, memory: CardMemory) -> bool:
    """Whether the camera's clock is known and does not rule out that a capture took this still."""
    known = memory.ahead is not None and still[0].taken_at is not None
    return known and fits(still[0].taken_at, one, memory.ahead) is not False


def _torn(
    stills: Sequence[tuple[CardObject, ...]], serial: str, objects: Sequence[CardObject], memory: CardMemory
) -> set[int]:
    """Return the ``id`` of each still of which one file is recorded and another one is not.

    A crash before the first scan can damage one file and leave the other. What is recorded of the other may lack its
    folder and time, so it is compared by the copy on the card.
    """
    indexed = ByName(photo.identity for photo in memory.photos)
    held = [one for found in objects if indexed.likeness(one := identity_of(serial, found)) is not Likeness.OTHER]
    ours = ByName([*held, *(photo.identity for photo in memory.photos if photo.identity.complete)])
    return {
        id(still)
        for still in stills
        if any(one not in held and ours.has_twin(one) for one in (identity_of(serial, found) for found in still))
    }


def _possible(
    stills: Sequence[tuple[CardObject, ...]], one: ExpectedPhoto, memory: CardMemory
) -> list[tuple[CardObject, ...]]:
    """Return the stills that a capture may have taken, if the camera's clock is unknown.

    No still is newer than now. So between the capture's photo and the newest still lies no more time than has passed
    since the capture began.
    """
    # The clock may have been set since, or may still be wrong, so the photo may match either of the two readings.
    moments = (one.since, memory.read_at - one.age_seconds)
    near = [
        (still, at)
        for still in stills
        if (at := still[0].taken_at) is not None
        and any(abs(at - moment) <= ZONE_SPAN_SECONDS + TWIN_SECONDS for moment in moments)
    ]
    newest = max((at for _still, at in near), default=0)
    # The one does not count the time in which the service did not run, the other is wrong if our clock was set.
    passed = max(memory.read_at, one.since + one.age_seconds) - one.began
    return [still for still, at in near if at >= newest - passed - TOLERANCE_SECONDS][-MOST_RESCUED:]
