"""Where the lens is to be for each photo of a focus stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.sequence import SequenceKind

if TYPE_CHECKING:
    from photonic.model.sequence import SequenceRequest


def positions(request: SequenceRequest) -> tuple[int, ...]:
    """For each photo, in steps of the lens from where it is (negative: nearer); empty where this is no stack.

    The first and the last are at the ends, the others as evenly between them as whole steps allow. Raises ``BadInput``.
    """
    if request.kind is not SequenceKind.FOCUS_STACK:
        return ()
    if request.focus_end is None:
        raise BadInput("focus_end: a focus stack takes the steps of the lens up to its last photo", field="focus_end")
    start = request.focus_start or 0
    way = request.focus_end - start
    if way == 0:
        raise BadInput("focus_end: the lens would not move; take another one than focus_start", field="focus_end")
    count = abs(way) + 1 if request.count is None else request.count
    if not 2 <= count <= abs(way) + 1:
        raise BadInput(f"count: from 2 to {abs(way) + 1} photos fit on this way of the lens", field="count")
    return tuple(start + round(way * number / (count - 1)) for number in range(count))
