"""Command lines are read as popt reads gphoto2's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.compat.gphoto2.actions import ACTIONS, OPERAND_ACTIONS, UNAVAILABLE
from photonic.compat.gphoto2.arguments import GivenOption, read_arguments
from photonic.compat.gphoto2.options import BY_LETTER, BY_NAME, ValueRule
from photonic.compat.gphoto2.run_options import run_options
from photonic.compat.gphoto2.texts import help_text, usage_text, version_text


def read(*arguments: str) -> list[tuple[str, str | None]]:
    return [(option.name, option.value) for option in read_arguments(arguments).options]


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["--filename=a=b.jpg"], [("filename", "a=b.jpg")]),
        (["--filename", "--quiet"], [("filename", "--quiet")]),
        (["-F", "3", "-I5"], [("frames", "3"), ("interval", "5")]),
        (["-F=3"], [("frames", "3")]),
        (["-qnF2"], [("quiet", None), ("num-files", None), ("frames", "2")]),
        (["--wait-event=2s"], [("wait-event", "2s")]),
        (["--wait-event", "2s"], [("wait-event", "2s")]),
        (["--wait-event", "--quiet"], [("wait-event", None), ("quiet", None)]),
        (["--capture-tethered"], [("capture-tethered", None)]),
        (["--filename="], [("filename", "")]),
    ],
)
def test_values(arguments: list[str], options: list[tuple[str, str | None]]) -> None:
    assert read(*arguments) == options


@pytest.mark.parametrize("surplus", [["--quiet=3"], ["-q=3"], ["--get-config"], ["-F"]])
def test_a_missing_or_surplus_value_ends_the_reading(surplus: list[str]) -> None:
    line = read_arguments(["--num-files", *surplus])
    assert [option.name for option in line.options] == ["num-files"]
    assert line.unknown is None


@pytest.mark.parametrize("unknown", ["--nonsense", "-x", "--capture", "-qx"])
def test_an_unknown_option_is_named(unknown: str) -> None:
    assert read_arguments(["--num-files", unknown, "--version"]).unknown is not None


def test_operands_are_what_is_left() -> None:
    line = read_arguments(["a", "--get-file", "1", "-", "--", "--quiet"])
    assert line.operands == ("a", "-", "--quiet")
    assert [option.name for option in line.options] == ["get-file"]


@pytest.mark.parametrize(("text", "number"), [("12", 12), (" 7x", 7), ("-1", -1), ("x", 0), ("", 0)])
def test_numbers_are_read_as_c_reads_them(text: str, number: int) -> None:
    assert GivenOption("frames", text).number == number


VALUES = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=8)


@st.composite
def given_options(draw: st.DrawFn) -> tuple[list[str], tuple[str, str | None]]:
    """One option in one of its forms, and what it should be read as."""
    row = draw(st.sampled_from(sorted(BY_NAME.values(), key=lambda row: row.name)))
    if row.rule is ValueRule.NONE:
        forms = [[f"--{row.name}"], *([[f"-{row.short}"]] if row.short else [])]
        return draw(st.sampled_from(forms)), (row.name, None)
    value = draw(VALUES)
    forms = [[f"--{row.name}={value}"]]
    if row.rule is ValueRule.REQUIRED:
        forms.append([f"--{row.name}", value])
        if row.short:
            forms += [[f"-{row.short}", value], [f"-{row.short}={value}"]]
            forms += [] if value.startswith("=") else [[f"-{row.short}{value}"]]
    return draw(st.sampled_from(forms)), (row.name, value)


@given(st.lists(given_options(), max_size=6))
def test_every_form_of_every_option_is_read_in_order(
    forms: list[tuple[list[str], tuple[str, str | None]]],
) -> None:
    arguments = [argument for written, _ in forms for argument in written]
    assert read(*arguments) == [meant for _, meant in forms]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_arguments_can_be_read(arguments: list[str]) -> None:
    line = read_arguments(arguments)
    run_options(line, {})
    assert len(line.options) + len(line.operands) <= sum(map(len, arguments)) + len(arguments)


def test_of_an_option_that_is_given_twice_the_last_counts() -> None:
    chosen = run_options(read_arguments(["--keep", "--no-keep", "-F2", "-F", "3", "--filename=a"]), {})
    assert (chosen.keep, chosen.frames, chosen.pattern) == (False, 3, "a")
    assert run_options(read_arguments(["--capture-image"]), {}).keep is None


def test_deleting_does_not_recurse_unless_asked() -> None:
    assert not run_options(read_arguments(["--delete-file=1"]), {}).recurse
    assert run_options(read_arguments(["--delete-file=1", "-R"]), {}).recurse
    assert run_options(read_arguments(["--list-files"]), {}).recurse


def test_the_environment_has_the_defaults_of_the_service() -> None:
    environment = {"PHOTONIC_URL": "http://booth:1", "PHOTONIC_TOKEN": "secret", "PHOTONIC_CA": ""}
    chosen = run_options(read_arguments(["--token=other"]), environment)
    assert (chosen.url, chosen.token, chosen.ca) == ("http://booth:1", "other", None)


def test_every_option_does_something_applies_to_others_or_says_why_not() -> None:
    general = {"help", "usage", "version", "debug", "debug-loglevel", "debug-logfile", "new", "recurse"}
    assert not set(ACTIONS) & set(UNAVAILABLE)
    assert set(OPERAND_ACTIONS) <= set(ACTIONS) <= set(BY_NAME)
    applies = set(BY_NAME) - set(ACTIONS) - set(UNAVAILABLE) - general
    untouched = run_options(read_arguments([]), {})
    for name in applies:
        row = BY_NAME[name]
        written = f"--{name}=7" if row.rule is ValueRule.REQUIRED else f"--{name}"
        assert run_options(read_arguments([written]), {}) != untouched, name


def test_the_texts_name_every_option() -> None:
    assert all(row.short == letter for letter, row in BY_LETTER.items())
    for name, row in BY_NAME.items():
        assert f"--{name}" in help_text()
        assert f"--{name}" in usage_text()
        assert ("Not available" in row.meaning) == (name in UNAVAILABLE), name
    assert max(map(len, help_text().splitlines())) <= 79
    assert version_text().startswith("gphoto2 2.5.28\n")
