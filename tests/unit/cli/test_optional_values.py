"""``--allow-anonymous`` takes a role or none."""

from __future__ import annotations

import pytest

from photonic.cli.optional_values import with_values


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ("", ""),
        ("serve", "serve"),
        ("serve --allow-anonymous", "serve --allow-anonymous true"),
        ("serve --allow-anonymous --port 0", "serve --allow-anonymous true --port 0"),
        ("serve --allow-anonymous guest --port 0", "serve --allow-anonymous guest --port 0"),
        ("serve --allow-anonymous=guest", "serve --allow-anonymous=guest"),
        ("serve --port 0 --allow-anonymous viewer", "serve --port 0 --allow-anonymous viewer"),
    ],
)
def test_an_option_without_its_value_gets_the_one_that_stands_for_none(given: str, complete: str) -> None:
    assert with_values(given.split()) == complete.split()
