from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from photonic.model.name import Name
from photonic.model.refusal import words


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("it takes an even number")
    return number


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid")

    needed: str = ""
    name: Name = "a"
    coded: Annotated[str, Field(pattern="^x$")] = "x"
    text: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(gt=0.5, lt=2.0, allow_inf_nan=False)] = 1.0
    flag: bool = True
    items: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("a",)
    table: dict[str, int] = Field(default_factory=dict)
    colour: Colour = Colour.RED
    way: Literal["up", "down"] = "up"
    at: datetime | None = None
    zoned: AwareDatetime | None = None
    even: Annotated[int, AfterValidator(_even)] = 2


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("needed", 1, "it takes text"),
        ("name", "a b", "it takes 1-64 of letters, digits, _ and -"),
        ("coded", "y", "it does not have the form ^x$"),
        ("text", "a", "it takes 2 characters or more"),
        ("text", "abcd", "it takes 3 characters or less"),
        ("count", "many", "it takes a whole number"),
        ("count", 1.5, "it takes a whole number"),
        ("count", 0, "it takes 1 or more"),
        ("count", 10, "it takes 9 or less"),
        ("share", "half", "it takes a number"),
        ("share", float("nan"), "it takes a number"),
        ("share", 0.5, "it takes more than 0.5"),
        ("share", 2, "it takes less than 2"),
        ("flag", "maybe", "it takes true or false"),
        ("items", "a", "it takes a list"),
        ("items", [], "it takes 1 or more in its list"),
        ("items", ["a", "b", "c"], "it takes 2 or less in its list"),
        ("table", 3, "it takes names with values"),
        ("colour", "green", "it takes 'red' or 'blue'"),
        ("way", "left", "it takes 'up' or 'down'"),
        ("at", "soon", "it takes a time like 2026-01-31T12:00:00+01:00"),
        ("zoned", "2026-01-31T12:00:00", "it takes a time with its zone, like 2026-01-31T12:00:00+01:00"),
        ("even", 3, "it takes an even number"),
        ("other", 3, "it is not known here"),
    ],
)
def test_it_says_what_is_taken(field: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({field: value})
    assert words(caught.value.errors()[0]) == said  # pyright: ignore[reportArgumentType] - a typed dict


def test_what_it_has_no_words_for_is_said_as_it_stands() -> None:
    assert words({"type": "url_scheme", "msg": "URL scheme should be 'http'"}) == "URL scheme should be 'http'"
    assert words({"type": "is_instance_of", "msg": "Input should be a Path"}) == "input should be a Path"
    assert words({"type": "missing", "msg": "Field required"}) == "it is missing"
