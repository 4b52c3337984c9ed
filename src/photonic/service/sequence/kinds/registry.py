"""Every kind of sequence that the service can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.service.sequence.kinds import bracket, burst, focus_stack, interval, self_timer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.sequence import SequenceKind
    from photonic.service.sequence.kinds.definition import SequenceDefinition

KINDS: Mapping[SequenceKind, SequenceDefinition] = {
    module.DEFINITION.kind: module.DEFINITION for module in (burst, interval, self_timer, bracket, focus_stack)
}
FIELDS_OF_SOME_KINDS = frozenset[str]().union(*(definition.fields for definition in KINDS.values()))
"""Request fields that only some kinds accept."""
