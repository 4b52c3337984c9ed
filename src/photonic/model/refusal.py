"""Messages for people about invalid values: pydantic's own are for programmers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.model.name import NAME_PATTERN, NAME_TAKES

if TYPE_CHECKING:
    from collections.abc import Mapping

# By pydantic's error type; the fields come from its ``ctx``
# (https://docs.pydantic.dev/latest/errors/validation_errors/).
_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is unknown",
    **dict.fromkeys(("string_type", "string_sub_type"), "must be text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), "must be a list"),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type"), "must be an object or table of names and values"
    ),
    **dict.fromkeys(("enum", "literal_error"), "must be {expected}"),
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have {max_length} or fewer characters",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have {max_length} or fewer entries",
    "string_pattern_mismatch": "must match {pattern}",
    "json_invalid": "is not valid JSON: {error}",
    "timezone_aware": "must be a time with a time zone, like 2026-01-31T12:00:00+01:00",
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        "must be a time like 2026-01-31T12:00:00+01:00",
    ),
}


def refusal_text(error: Mapping[str, Any]) -> str:
    """Return the message for one entry of pydantic's or FastAPI's ``errors()``; a validator's own message is kept."""
    facts = {name: f"{value:g}" if isinstance(value, float) else value for name, value in error.get("ctx", {}).items()}
    if facts.get("pattern") == NAME_PATTERN:
        return NAME_TAKES
    form = _MESSAGES.get(error["type"])
    if form is not None:
        return form.format_map(facts)
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:] if message.startswith("Input") else message
