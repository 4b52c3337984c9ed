"""What a value was refused for, in words for people: pydantic's own are for programmers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.model.name import NAME_PATTERN, NAME_TAKES

if TYPE_CHECKING:
    from collections.abc import Mapping

# By pydantic's type of the error, with the facts in its ``ctx``
# (https://docs.pydantic.dev/latest/errors/validation_errors/).
_WORDS = {
    "missing": "it is missing",
    "extra_forbidden": "it is not known here",
    **dict.fromkeys(("string_type", "string_sub_type"), "it takes text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "it takes a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "it takes a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "it takes true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), "it takes a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "it takes names with values"),
    **dict.fromkeys(("enum", "literal_error"), "it takes {expected}"),
    "greater_than_equal": "it takes {ge} or more",
    "greater_than": "it takes more than {gt}",
    "less_than_equal": "it takes {le} or less",
    "less_than": "it takes less than {lt}",
    "string_too_short": "it takes {min_length} characters or more",
    "string_too_long": "it takes {max_length} characters or less",
    "too_short": "it takes {min_length} or more in its list",
    "too_long": "it takes {max_length} or less in its list",
    "string_pattern_mismatch": "it does not have the form {pattern}",
    "json_invalid": "it is no JSON: {error}",
    "timezone_aware": "it takes a time with its zone, like 2026-01-31T12:00:00+01:00",
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        "it takes a time like 2026-01-31T12:00:00+01:00",
    ),
}


def words(error: Mapping[str, Any]) -> str:
    """The words of one entry of pydantic's or FastAPI's ``errors()``; a validator's own words stand as they are."""
    facts = {name: f"{value:g}" if isinstance(value, float) else value for name, value in error.get("ctx", {}).items()}
    if facts.get("pattern") == NAME_PATTERN:
        return NAME_TAKES
    form = _WORDS.get(error["type"])
    if form is not None:
        return form.format_map(facts)
    said = str(error["msg"]).removeprefix("Value error, ")
    return said[:1].lower() + said[1:] if said.startswith("Input") else said
