"""The socket of a session, and the earlier ones that are still closing."""

from __future__ import annotations

import pytest

from photonic.errors import IllegalTransition
from photonic.protocol.link import Link, LinkPhase


def test_generations_rise_and_events_of_old_ones_change_nothing() -> None:
    link = Link(close_seconds=2.0)
    link.dial(1, 0.0)
    assert not link.opened(2, 0.1)
    assert link.opened(1, 0.1)
    assert not link.opened(1, 0.2)
    assert link.closed(1, 0.3)
    assert not link.closed(1, 0.4)
    link.dial(4, 0.5)
    assert link.gen == 4
    assert not link.closed(1, 0.6)
    assert link.phase is LinkPhase.DIALING


def test_a_second_dial_is_illegal_and_changes_nothing() -> None:
    link = Link(close_seconds=2.0)
    link.dial(1, 0.0)
    with pytest.raises(IllegalTransition):
        link.dial(2, 1.0)
    assert (link.gen, link.phase, link.since) == (1, LinkPhase.DIALING, 0.0)


def test_with_two_sockets_closing_the_next_dial_waits_for_one_of_them() -> None:
    link = Link(close_seconds=2.0)
    for number, at in ((1, 0.0), (2, 1.0)):
        link.dial(number, at)
        assert link.free_at(at) == at
        link.abandon(at)
    assert link.free_at(1.0) == 2.0
    link.closed(2, 1.5)
    assert link.free_at(1.5) == 1.5
    assert link.free_at(2.0) == 2.0
