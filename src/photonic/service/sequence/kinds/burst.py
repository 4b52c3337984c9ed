"""A burst: a number of photos, as fast as the camera can take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.sequence import SequenceKind
from photonic.service.sequence.kinds.definition import SequenceDefinition

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.sequence import SequenceRequest


def _count(request: SequenceRequest, _starts_at: datetime) -> int:
    if request.count is None:
        raise BadInput("count: a burst requires the number of photos", field="count")
    return request.count


DEFINITION = SequenceDefinition(SequenceKind.BURST, frozenset({"count"}), _count)
