"""A self-timer: a countdown, then one or more photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.sequence import SequenceKind
from photonic.service.sequence.kinds.definition import SequenceDefinition

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.sequence import SequenceRequest


def _check(request: SequenceRequest) -> None:
    if not request.delay_seconds:
        raise BadInput("delay_seconds: a self-timer requires the seconds to count down", field="delay_seconds")


def _count(request: SequenceRequest, _starts_at: datetime) -> int:
    return request.count or 1


DEFINITION = SequenceDefinition(SequenceKind.SELF_TIMER, frozenset({"count"}), _count, _check)
