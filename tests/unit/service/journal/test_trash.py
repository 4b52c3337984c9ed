"""The age of what lies in the trash: running time, whatever the clock says and however often the service starts."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path, PurePosixPath

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.gallery import still
from tests.support.surroundings import timekeeping
from tests.support.virtual_time import FakeClock

from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.photo.staged import StoredFile

DAY = 86_400
YEARS = 365 * DAY

STEPS = st.one_of(
    st.tuples(st.just("runs"), st.integers(1, 40 * DAY)),
    st.tuples(st.just("stops"), st.integers(0, 400 * DAY)),
    # Within a run the monotonic clock of another boot begins anew.
    st.tuples(st.just("boots"), st.integers(0, 10)),
    st.tuples(st.just("deletes"), st.integers(-56 * YEARS, 100 * YEARS)),
)


@settings(max_examples=30)
@given(st.lists(STEPS, max_size=12))
@example([("deletes", 100 * YEARS), ("runs", 5), ("stops", 400 * DAY), ("deletes", -56 * YEARS), ("runs", 30 * DAY)])
def test_an_age_is_never_more_than_the_service_has_run_and_hardly_less(steps: list[tuple[str, int]]) -> None:
    async def story(path: Path) -> None:
        clock, starts, ran = FakeClock(1000.0), 1, 0
        journal = CaptureJournal(path, time=timekeeping(monotonic=clock))
        await journal.open()
        deleted: dict[str, int] = {}
        for number, (step, amount) in enumerate(steps):
            match step:
                case "runs":
                    clock.now += amount
                    ran += amount
                case "deletes":
                    capture_id, place = f"c{number}", PurePosixPath(f"photos/{number}.jpg")
                    stored = StoredFile(place, 5, "sha", "image/jpeg")
                    record = still(capture_id).model_copy(update={"files": ()})
                    await journal.add(CaptureResult(record, (stored,), PurePosixPath("photos")))
                    trashed = PurePosixPath(f".photonic/trash/{capture_id}/{number}.jpg")
                    # ``amount`` is what the clock on the wall says just now.
                    await TrashJournal(journal).discard(capture_id, PurePosixPath("photos"), [trashed], amount)
                    deleted[capture_id] = ran
                case _:
                    await journal.close()
                    clock.now = float(amount) if step == "boots" else clock.now + amount
                    journal, starts = CaptureJournal(path, time=timekeeping(monotonic=clock)), starts + 1
                    await journal.open()
            async for one in TrashJournal(journal).discarded():
                true = ran - deleted[one.capture_id]
                assert true - starts <= one.age_seconds <= true
        await journal.close()

    with tempfile.TemporaryDirectory() as place:
        asyncio.run(story(Path(place) / "captures.sqlite3"))


async def test_a_power_cut_makes_nothing_older(tmp_path: Path) -> None:
    clock = FakeClock(1000.0)
    journal = CaptureJournal(tmp_path / "captures.sqlite3", time=timekeeping(monotonic=clock))
    await journal.open()
    assert journal.running.seconds == 0
    clock.now += 100
    await journal.keep_time()
    clock.now += 50
    # What was not written down is lost with the power; the file itself is not closed in order.
    connection, journal._connection = journal._connection, None  # pyright: ignore[reportPrivateUsage]
    await journal.close()
    assert connection is not None
    connection.close()
    again = CaptureJournal(tmp_path / "captures.sqlite3", time=timekeeping(monotonic=FakeClock(1000.0)))
    await again.open()
    assert again.running.seconds == 100
    await again.close()
