"""Documents held against JSON Schemas."""

from __future__ import annotations

from typing import Any, cast

from jsonschema import Draft7Validator, Draft202012Validator


def complaints(schema: dict[str, Any], value: Any, *, draft_7: bool = False) -> list[str]:
    """What a schema has against a value; nothing when it is valid. By draft 2020-12, unless by draft 7."""
    validator = cast("Any", Draft7Validator if draft_7 else Draft202012Validator)(schema)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]
