from __future__ import annotations

import pytest

from photonic.serving.accept import Accepted

JPEG, JSON = "image/jpeg", "application/json"


@pytest.mark.parametrize(
    ("fields", "jpeg", "json"),
    [
        ([], 1.0, 1.0),
        ([""], 1.0, 1.0),
        (["*/*"], 1.0, 1.0),
        (["image/jpeg"], 1.0, 0.0),
        (["IMAGE/JPEG"], 1.0, 0.0),
        (["image/*"], 1.0, 0.0),
        (["image/jpeg, */*"], 1.0, 1.0),
        (["image/jpeg", "*/*;q=0.1"], 1.0, 0.1),
        (["*/*;q=0.1,image/jpeg;q=0.05"], 0.05, 0.1),
        (["image/*, image/jpeg;q=0"], 0.0, 0.0),
        (["application/json;charset=utf-8"], 0.0, 1.0),
        (["image/jpeg ; q = 0.5 , application/json"], 0.5, 1.0),
        (["image/jpeg;q=high, application/json;q=0.5"], 0.0, 0.5),
        (["image/jpeg;q=7, application/json"], 0.0, 1.0),
        (["image/jpeg;q=nan, application/json"], 0.0, 1.0),
        (["text/html"], 0.0, 0.0),
        (["nonsense"], 1.0, 1.0),
    ],
)
def test_the_most_specific_range_counts(fields: list[str], jpeg: float, json: float) -> None:
    accepted = Accepted(fields)
    assert (accepted.quality(JPEG), accepted.quality(JSON)) == (jpeg, json)
