"""Templates for names: safe, telling photos apart, and the same from the capture's acceptance on."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.photo import naming
from photonic.service.photo.template import COMPONENT_LIMIT_BYTES, DEFAULT, FIELDS, PhotoName

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = [f"{{{field}}}" for field in FIELDS] + [
    *("{sequence:04d}", "{date:%Y/%m/%d}", "{date:%H%M%S}", "{date:%q}", "{0}", "{}", "{session!r}", "{session.x}"),
    *("/", "..", ".", " ", "_", "x", "\u00e9", "{{", "}}", "\\", ":", "\0", "\n", "/.staging/", "y" * 190, "*"),
]


def record(**fields: object) -> CaptureRecord:
    known = {
        "id": "0123456789abcdef0123456789abcdef",
        "camera_id": "012345678901",
        "kind": "still",
        "phase": CapturePhase.QUEUED,
        "session_id": "smith",
        "sequence_number": 7,
        "created_at": datetime(2026, 5, 1, 12, 30, 15, 999999, UTC),
    }
    return CaptureRecord.model_validate({**known, **fields})


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (DEFAULT, "smith_7_1777638615"),
        ("{session}_{sequence:04d}_{date:%Y%m%d}_{camera}", "smith_0007_20260501_012345678901"),
        ("{date:%Y/%m}/{session}-{date:%d_%H%M%S}-{kind}", "2026/05/smith-01_143015-still"),
        ("{date}/{id}", "2026-05-01/0123456789abcdef0123456789abcdef"),
        ("{session}/{sequence}", "smith/7"),
        ("Wei\u00dfe Wand {unix}", "Wei\u00dfe Wand 1777638615"),
        ("{session}{sequence:d}", "smith7"),
    ],
)
def test_what_a_template_makes(template: str, name: str) -> None:
    assert str(PhotoName(template).of(record())) == name
    assert str(PhotoName(template)) == template


@pytest.mark.parametrize(
    ("camera_id", "name"), [("", "camera"), ("Canon EOS/5", "Canon_EOS_5"), ("c" * 100, "c" * 64), ("..", "__")]
)
def test_a_cameras_own_words_are_made_safe(camera_id: str, name: str) -> None:
    assert str(PhotoName("{camera}/{unix}").of(record(camera_id=camera_id)).parent) == name


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{session}", "photos could get the same name"),
        ("{sequence}", "photos could get the same name"),
        ("{session}_{date:%Y%m%d-%H%M}", "photos could get the same name"),
        ("{camera}-{date:%H%M%S}", "photos could get the same name"),
        ("", "empty folder or name"),
        ("/{unix}", "empty folder or name"),
        ("{unix}/", "empty folder or name"),
        ("a//{unix}", "empty folder or name"),
        ("../{unix}", "the extension is the camera's"),
        ("{unix}.jpg", "the extension is the camera's"),
        (".hidden/{unix}", "the extension is the camera's"),
        ("{date:%Y.%m.%d}_{unix}", "the extension is the camera's"),
        ("{unix}\\x", "not every disk"),
        ("{unix}\0", "not every disk"),
        ("{unix}\n", "not every disk"),
        ("C:{unix}", "not every disk"),
        ("{date:%H:%M:%S}_{unix}", "not every disk"),
        ("{{x}}{unix}", "not every disk"),
        ("{unix} /x", "begins or ends with a space"),
        (" {unix}", "begins or ends with a space"),
        ("{name}_{unix}", "{name} is not a field: use {session}"),
        ("{}_{unix}", "{} is not a field"),
        ("{session.__class__}_{unix}", "is not a field"),
        ("{session[0]}_{unix}", "is not a field"),
        ("{session!r}_{unix}", "has a conversion"),
        ("{session:>900000000}_{unix}", "only sequence ({sequence:04d})"),
        ("{session}{sequence:x}", "not a number of digits"),
        ("{session}{sequence:021d}", "not a number of digits"),
        ("{session}{sequence:09999d}", "not a number of digits"),
        ("{session}{sequence:{unix}}", "not a number of digits"),
        ("{date:%s}{unix}", "unknown code"),
        ("{date:%c}{unix}", "unknown code"),
        ("{date:%}{unix}", "unknown code"),
        ("{unix", "a literal brace twice"),
        ("unix}", "a literal brace twice"),
        ("x" * 201 + "/{unix}", f"longer than {COMPONENT_LIMIT_BYTES} bytes"),
        ("{session}{camera}{session}{session}{sequence}", f"longer than {COMPONENT_LIMIT_BYTES} bytes"),
        ("/".join(["x" * 150] * 4) + "/{unix}", "longer than 512 bytes"),
    ],
)
def test_what_is_refused_and_why(template: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        PhotoName(template)


@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(min_size=1, max_size=40),
    st.integers(0, 2**31 - 1),
)
@example("{unix}", "../..", 0)
@example("{camera}/{unix}", "\u2215\0.", 1)
def test_a_name_is_below_its_folder_and_fits_whatever_the_camera_calls_itself(
    template: str, camera_id: str, number: int
) -> None:
    try:
        name = PhotoName(template)
    except ValueError:
        return
    place = name.of(record(camera_id=camera_id, sequence_number=number))
    assert naming.directory_below_root(f"photos/{place}").parts == ("photos", *place.parts)
    assert not any(part.startswith(".") or part != part.strip() for part in place.parts)
    for stem in (f"{place.name}_{naming.CLASH_LIMIT}", f"{place.name}-{naming.CLASH_LIMIT}"):
        assert len(f"{stem}.{'x' * 8}".encode()) <= naming.COMPONENT_LIMIT_BYTES


@given(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1), st.sampled_from(["{session}{sequence}", "{unix}", "{id}"]))
def test_two_photos_of_a_session_have_two_names(one: int, other: int, template: str) -> None:
    name = PhotoName(template)
    first, second = (
        record(sequence_number=number, created_at=datetime.fromtimestamp(number, UTC), id=f"{number:032x}")
        for number in (one, other)
    )
    assert (name.of(first) == name.of(second)) == (one == other)


@pytest.mark.parametrize("kind", ["burst", "self_timer", "interval", "bracket", "focus_stack", "body"])
def test_photos_of_a_series_sort_by_name_as_they_were_taken(kind: str) -> None:
    numbers = (1, 2, 9, 10, 11, 99, 100, 99_999, 100_000)
    made = [str(PhotoName(DEFAULT).of(record(kind=kind, sequence_number=number))) for number in numbers]
    assert made == sorted(made)
    assert made[1].startswith("smith_000002_")


@pytest.mark.parametrize("kind", ["still", "bulb"])
def test_a_photo_that_an_existing_client_asks_for_is_called_as_ever(kind: str) -> None:
    one = record(kind=kind, sequence_number=7)
    assert str(PhotoName(DEFAULT).of(one)) == f"smith_7_{int(one.created_at.timestamp())}"


def test_a_template_that_was_set_is_taken_for_all() -> None:
    assert str(PhotoName("{session}_{sequence}").of(record(kind="burst", sequence_number=7))) == "smith_7"
