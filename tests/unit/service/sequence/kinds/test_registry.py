"""The registry of kinds matches the API model: each kind in the API has a definition, and its fields exist."""

from __future__ import annotations

import pytest

from photonic.model.sequence import SequenceKind, SequenceRequest
from photonic.service.sequence.kinds.registry import FIELDS_OF_SOME_KINDS, KINDS

FIELDS_OF_EVERY_KIND = {
    *("kind", "session_id", "sequence_number", "output_directory", "retry_without_autofocus"),
    *("delay_seconds", "start_at"),
}


@pytest.mark.parametrize("kind", SequenceKind)
def test_each_kind_of_the_api_has_a_definition(kind: SequenceKind) -> None:
    definition = KINDS[kind]
    assert definition.kind is kind
    assert definition.interval_us is not None or not definition.resumes


def test_each_field_of_the_request_is_accepted_by_every_kind_or_claimed_by_some() -> None:
    assert set(SequenceRequest.model_fields) == FIELDS_OF_EVERY_KIND | FIELDS_OF_SOME_KINDS
    assert not FIELDS_OF_EVERY_KIND & FIELDS_OF_SOME_KINDS
