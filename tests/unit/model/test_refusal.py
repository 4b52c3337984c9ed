from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from photonic.model.name import Name
from photonic.model.refusal import refusal_text


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("must be an even number")
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
        ("needed", 1, "must be text"),
        ("name", "a b", "must be 1-64 letters, digits, _ and -"),
        ("coded", "y", "must match ^x$"),
        ("text", "a", "must have 2 or more characters"),
        ("text", "abcd", "must have 3 or fewer characters"),
        ("count", "many", "must be a whole number"),
        ("count", 1.5, "must be a whole number"),
        ("count", 0, "must be 1 or more"),
        ("count", 10, "must be 9 or less"),
        ("share", "half", "must be a number"),
        ("share", float("nan"), "must be a number"),
        ("share", 0.5, "must be more than 0.5"),
        ("share", 2, "must be less than 2"),
        ("flag", "maybe", "must be true or false"),
        ("items", "a", "must be a list"),
        ("items", [], "must have 1 or more entries"),
        ("items", ["a", "b", "c"], "must have 2 or fewer entries"),
        ("table", 3, "must be an object or table of names and values"),
        ("colour", "green", "must be 'red' or 'blue'"),
        ("way", "left", "must be 'up' or 'down'"),
        ("at", "soon", "must be a time like 2026-01-31T12:00:00+01:00"),
        ("zoned", "2026-01-31T12:00:00", "must be a time with a time zone, like 2026-01-31T12:00:00+01:00"),
        ("even", 3, "must be an even number"),
        ("other", 3, "is unknown"),
    ],
)
def test_the_message_says_what_a_value_must_be(field: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({field: value})
    assert refusal_text(caught.value.errors()[0]) == said  # pyright: ignore[reportArgumentType] - a typed dict


def test_an_unknown_error_keeps_pydantics_message() -> None:
    assert refusal_text({"type": "url_scheme", "msg": "URL scheme should be 'http'"}) == "URL scheme should be 'http'"
    assert refusal_text({"type": "is_instance_of", "msg": "Input should be a Path"}) == "input should be a Path"
    assert refusal_text({"type": "missing", "msg": "Field required"}) == "is missing"
