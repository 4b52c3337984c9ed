"""A camera's settings and requested values for them: accepted, or refused with a reason."""

from __future__ import annotations

from contextlib import suppress

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from photonic.drivers.gphoto2.camera import Setting, SettingKind
from photonic.drivers.gphoto2.exposure import LONGEST_EXPOSURE_SECONDS, LONGEST_FETCH_SECONDS, allowance, fetch_seconds
from photonic.drivers.gphoto2.values import written
from photonic.errors import BadInput
from photonic.model.exposure import aperture_number, ev_number, iso_number, shutter_seconds
from photonic.model.setting_name import SettingName
from photonic.worker.link.message import Seconds

TEXTS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[+-]?[0-9]{1,5}([/ ][0-9]{1,4}){0,2}", fullmatch=True),
    st.sampled_from(["1/00", "9" * 5000, "1e308", "nan", "inf", "-inf", "1/0", "0/0", "²", "٣", "1/125s"]),
)
NUMBERS = st.floats()


@given(TEXTS)
@example("1/00")
@example("9" * 5000)
def test_an_exposure_is_a_number_that_ends_or_none(text: str) -> None:
    for read in (shutter_seconds, aperture_number, iso_number, ev_number):
        number = read(text)
        assert number is None or abs(number) < 1e13


@given(
    st.builds(
        Setting,
        name=st.just("s"),
        value=TEXTS,
        choices=st.lists(TEXTS, max_size=5).map(tuple),
        writable=st.booleans(),
        kind=st.sampled_from(SettingKind),
        limits=st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS),
    ),
    st.none() | st.sampled_from(SettingName),
    TEXTS,
)
@example(Setting("s", "", kind=SettingKind.RANGE, limits=(0.0, 1.0, 5e-324)), None, "1")
@example(Setting("s", "", ("1/00",)), SettingName.EXPOSURE_COMPENSATION, "1/3")
def test_a_value_is_taken_or_refused_in_words_whatever_the_camera_says_of_its_setting(
    setting: Setting, name: SettingName | None, wanted: str
) -> None:
    with suppress(BadInput):
        assert isinstance(written(setting, name, wanted, what="it", field="s"), str)


@given(st.none() | TEXTS, st.integers(1, 9), st.none() | st.integers(0, 2**64))
def test_a_camera_cannot_buy_itself_a_wait_without_an_end(shutter: str | None, objects: int, size: int | None) -> None:
    limits = allowance(shutter, objects)
    assert limits.exposure <= 2 * LONGEST_EXPOSURE_SECONDS
    assert 0 < fetch_seconds(size) <= LONGEST_FETCH_SECONDS
    # What the link accepts as a deadline.
    assert msgspec.convert(limits.total, Seconds) == limits.total
