"""Names in a status that are not for everybody: those of other people's sessions, and of files on the card.

A session is often named after the people in it, and a viewer may be anyone, for example with a link that was passed on.
So the operator sees every name, the owner of a capture or a sequence that of its session, and all others an empty one.
Ids, phases and times stay: they tell when live view is back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.access.visibility import visible
from photonic.model.api import CaptureStatusAnswer
from photonic.model.status import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.access.principal import Principal
    from photonic.model.reach import Reachable
    from photonic.service.http.camera_control import CameraControl

AnySnapshot = TypeVar("AnySnapshot", bound=Snapshot)


def has_names(snapshot: Snapshot) -> bool:
    """Whether there is any name in it."""
    return bool(snapshot.captures) or snapshot.sequence is not None or snapshot.download is not None


def records_of(snapshot: Snapshot, controller: CameraControl) -> Sequence[Reachable]:
    """The captures and the sequence in a snapshot, with their owners."""
    captures = [controller.current_capture(one.id) for one in snapshot.captures]
    return [record for record in (*captures, controller.sequences.running) if record is not None]


def named_to(principal: Principal | None, records: Sequence[Reachable]) -> frozenset[str] | None:
    """The ids of those records whose session's name a viewer may see; ``None``: it may see every name.

    ``principal``: ``None``: the viewer's right has ended.
    """
    if principal is None:
        return frozenset()
    return None if principal.is_operator else frozenset(one.id for one in records if visible(one, principal))


def without_names(snapshot: AnySnapshot, named: frozenset[str] | None) -> AnySnapshot:
    """The snapshot with the names that ``named_to`` allows; the others are empty."""
    if named is None:
        return snapshot
    captures, sequence, download = snapshot.captures, snapshot.sequence, snapshot.download
    update: dict[str, object] = {
        "captures": tuple(
            one if one.id in named else one.model_copy(update={"session_id": ""}) for one in snapshot.captures
        )
    }
    if sequence is not None and sequence.id not in named:
        update["sequence"] = sequence.model_copy(update={"session_id": ""})
    if download is not None:
        update["download"] = download.model_copy(update={"name": ""})
    if isinstance(snapshot, CaptureStatusAnswer) and not (captures and captures[0].id in named):
        update["session_id"] = None  # The compat API's own: that of the oldest capture.
    return snapshot.model_copy(update=update)


def shown_to(principal: Principal | None, snapshot: AnySnapshot, controller: CameraControl) -> AnySnapshot:
    """The snapshot as this principal may see it."""
    if not has_names(snapshot):
        return snapshot
    return without_names(snapshot, named_to(principal, records_of(snapshot, controller)))
