from __future__ import annotations

import json

from tests.fakes.station import FakeStation

from photonic.service.events import StatusFeed, encode_event, events


def test_an_event_carries_boot_and_revision() -> None:
    snapshot = FakeStation().snapshot()
    name, kind, data, *rest = encode_event(snapshot).decode().split("\n")
    assert name == f"id: boot-1:{snapshot.rev}"
    assert kind == "event: status"
    assert json.loads(data.removeprefix("data: "))["boot_id"] == "boot-1"
    assert rest == ["", ""]


async def test_events_begin_with_the_whole_status() -> None:
    stream = events(FakeStation())
    assert (await anext(stream)).startswith(b"retry:")
    assert (await anext(stream)).startswith(b"id: boot-1:")
    await stream.aclose()


def test_a_feed_makes_its_text_once_and_only_for_listeners() -> None:
    station = FakeStation()
    feed = StatusFeed(station)
    feed.publish(station.snapshot())
    assert (feed.number, feed.text) == (0, "")
    told: list[int] = []
    with feed.told(lambda: told.append(feed.number)), feed.told(lambda: told.append(feed.number)):
        feed.publish(station.snapshot())
        assert json.loads(feed.text)["type"] == "status"
    feed.publish(station.snapshot())
    assert told == [1, 1]
