"""What the audit log takes: everything that was done, and so many failures that no flood displaces the rest."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.access.audit import (
    FAILURES,
    OF_FAILURES,
    OF_VISITS,
    TEXT_LIMIT,
    AuditAction,
    AuditEvent,
    AuditQuotas,
    Quota,
)

FAILED = AuditEvent(AuditAction.SIGN_IN_FAILED, address="192.0.2.1")
DELETED = AuditEvent(AuditAction.PHOTO_DELETED, who="anna", role="operator", means="session", what="p1")


def test_an_event_shows_the_fields_that_are_set() -> None:
    assert DELETED.fields() == {
        "action": "photo_deleted",
        "who": "anna",
        "role": "operator",
        "means": "session",
        "what": "p1",
    }
    assert FAILED.fields() == {"action": "sign_in_failed", "address": "192.0.2.1"}


def test_what_a_client_chose_is_cut() -> None:
    assert AuditEvent(AuditAction.SIGNED_IN, who="x" * 10_000).fields()["who"] == "x" * TEXT_LIMIT


def test_no_field_is_for_a_secret() -> None:
    names = {field.name for field in dataclasses.fields(AuditEvent)}
    assert not names & {"token", "pin", "code", "signature", "cookie", "secret", "value", "credential"}


def test_a_flood_of_failures_leaves_out_failures_only_and_says_how_many() -> None:
    quotas = AuditQuotas()
    recorded = [quotas.admit(FAILED, 0.0) for _ in range(10_000)]
    assert len([event for event in recorded if event is not None]) == OF_FAILURES.at_once
    assert quotas.omitted == 10_000 - OF_FAILURES.at_once
    assert quotas.admit(DELETED, 0.0) == DELETED
    assert quotas.admit(FAILED, OF_FAILURES.seconds - 0.001) is None
    later = quotas.admit(FAILED, OF_FAILURES.seconds)
    assert later is not None
    assert later.omitted == 10_000 - OF_FAILURES.at_once + 1
    assert later.fields()["omitted"] == later.omitted
    assert quotas.omitted == 0


def test_a_flood_of_visits_leaves_out_visits_only() -> None:
    quotas = AuditQuotas()
    for _visit in range(1000):
        quotas.admit(AuditEvent(AuditAction.SIGNED_IN, who="guest"), 0.0)
        quotas.admit(AuditEvent(AuditAction.SIGNED_OUT, who="guest"), 0.0)
    recorded = quotas.admit(DELETED, 0.0)
    assert recorded is not None
    assert recorded.omitted == 0
    assert quotas.omitted == 2000 - OF_VISITS.at_once


@pytest.mark.parametrize("action", list(AuditAction))
def test_only_what_a_stranger_can_cause_counts_as_a_failure(action: AuditAction) -> None:
    assert (action in FAILURES) == action.value.endswith("_failed")


@given(
    steps=st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=60),
    at_once=st.integers(1, 5),
    seconds=st.floats(0.5, 3),
)
def test_every_event_is_recorded_or_counted(steps: list[tuple[float, bool]], at_once: int, seconds: float) -> None:
    quotas = AuditQuotas(Quota(at_once, seconds), Quota(at_once, seconds))
    now, recorded, told = 0.0, 0, 0
    for waited, failed in steps:
        now += waited
        event = quotas.admit(FAILED if failed else DELETED, now)
        if event is not None:
            recorded += 1
            told += event.omitted
    assert recorded + told + quotas.omitted == len(steps)
    assert recorded <= 2 * (at_once + now / seconds) + 1
